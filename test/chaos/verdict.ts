import type { WebexSimulator } from '../../infra/local/webex/simulator.ts';
import { toEffectiveAt } from '../../src/requests/record/due.ts';
import { type Asked, isNewer } from '../../src/requests/record/person.ts';
import type { StoredRequest } from '../../src/requests/record/record.ts';
import { isOpen } from '../../src/requests/record/states.ts';
import { findUnproven } from './evidence.ts';
import { createFindOwner, type FindOwner, findName } from './spelling.ts';
import { findEarly, findHeldUp, isFailed, toText } from './waits.ts';
import type { Seen } from './watch.ts';
import { ALL_LICENSES, type Human, type LicenseName, toExpected } from './workload.ts';

/** What went wrong, each with whom or what; all empty where nothing did. */
export interface Verdict {
  /** Accepted, and not in the request store in one final state. */
  readonly lost: readonly string[];
  /** People who do not hold what a sequential model says. */
  readonly wrong: readonly string[];
  /** Requests that say otherwise than what Webex holds, or that failed. */
  readonly contradictory: readonly string[];
  /** Changes that were sent though all who asked for them were known to have succeeded. */
  readonly sentAgain: readonly string[];
  /** Requests that say that something was done, and no answer of Webex that came to a host shows it. */
  readonly unproven: readonly string[];
  /** Requests for people who are never there, and that ended before the horizon. */
  readonly early: readonly string[];
  /** Calls that reached Webex before a `Retry-After` was over. */
  readonly hasty: readonly string[];
  /** Requests of the own organization that waited since Webex refused another person or organization. */
  readonly heldUp: readonly string[];
}

export const isClean = (verdict: object): boolean =>
  Object.values(verdict).every((problems) => problems.length === 0);

/** Compares what the request store and Webex say with what was asked. */
export function judge(
  people: readonly Human[],
  records: readonly StoredRequest[],
  seen: readonly Seen[],
  simulator: WebexSimulator,
  nameOf: NameOf,
): Omit<Verdict, 'hasty'> {
  const findOwner = createFindOwner(people.map(({ email }) => email));
  const byId = new Map(records.map((record) => [record.requestId, record]));
  const accepted = people.flatMap(({ wishes }) => wishes.filter(({ by }) => by !== 'hr').map(({ id }) => id));
  return {
    lost: [
      ...accepted.filter((id) => !byId.has(id)),
      ...records.filter((record) => !hasOneEnd(record)).map(toText),
    ],
    wrong: findWrong(people, simulator).map(({ email }) => email),
    contradictory: [
      ...findContradictory(records, createHolds(simulator), findOwner),
      ...records.filter((record) => isFailed(record) && !mayFail(record, people, findOwner)).map(toText),
    ],
    sentAgain: findSentAgain(records, seen, nameOf, findOwner),
    unproven: findUnproven(records, seen, nameOf, findOwner),
    early: findEarly(records, people, findOwner),
    heldUp: findHeldUp(records),
  };
}

type NameOf = (licenseId: string) => LicenseName | undefined;

/** The licenses that are asked for, by all ids that they have had since this was called first. */
export function createNameOf(simulator: WebexSimulator): NameOf {
  const known = new Map<string, LicenseName>();
  const learn = () => {
    for (const { licenses } of simulator.organizations())
      for (const { id, name } of licenses.values()) {
        const asked = ALL_LICENSES.find((one) => one === name);
        if (asked) known.set(id, asked);
      }
  };
  learn();
  return (id) => {
    if (!known.has(id)) learn();
    return known.get(id);
  };
}

function createHolds(simulator: WebexSimulator) {
  const nameOf = createNameOf(simulator);
  const held = new Map(
    simulator
      .organizations()
      .flatMap(({ people }) => [...people].map(([email, one]) => [email, one] as const)),
  );
  return (email: string) => new Set([...(held.get(email)?.licenses ?? [])].flatMap((id) => nameOf(id) ?? []));
}

/** People who do not hold what a sequential model says. */
export function findWrong(people: readonly Human[], simulator: WebexSimulator): readonly Human[] {
  const holds = createHolds(simulator);
  return people.filter((human) => !isEqual(holds(human.email), toExpected(human)));
}

const hasOneEnd = ({ state, history }: StoredRequest) =>
  !isOpen(state) && history.filter((event) => !isOpen(event.state)).length === 1;

const isEqual = <T>(one: ReadonlySet<T>, other: ReadonlySet<T>) =>
  one.size === other.size && [...one].every((item) => other.has(item));

/** Of all that the request store says was done, the newest must be so. */
function findContradictory(
  records: readonly StoredRequest[],
  holds: (email: string) => ReadonlySet<LicenseName>,
  findOwner: FindOwner,
): readonly string[] {
  const newest = new Map<string, Asked & { readonly email: string; readonly license: LicenseName }>();
  for (const record of records) {
    const { requestId, request, results } = record;
    const email = (request && findOwner(request.person)) ?? '';
    request?.licenses.forEach(({ license: reference, operation }, index) => {
      const license = findName(reference, ALL_LICENSES);
      const result = results[index]?.result;
      if (license === undefined || (result !== 'assigned' && result !== 'removed')) return;
      const asked = { requestId, operation, at: toEffectiveAt(record) };
      const known = newest.get(`${email} ${license}`);
      if (known === undefined || isNewer(asked, known))
        newest.set(`${email} ${license}`, { ...asked, email, license });
    });
  }
  const untrue = [...newest.values()].filter(
    ({ email, license, operation }) => holds(email).has(license) !== (operation === 'add'),
  );
  return untrue.map(({ requestId, license, operation }) => `${requestId} ${operation} ${license}`);
}

/** Nothing fails for good, but what is for people who are never there, or not any more. */
function mayFail(
  { request, failure }: StoredRequest,
  people: readonly Human[],
  findOwner: FindOwner,
): boolean {
  const email = request && findOwner(request.person);
  const fate = people.find((one) => one.email === email)?.fate;
  return failure?.condition === 'person-not-found' && (fate === 'never there' || fate === 'created again');
}

/** Of each change that was sent: whether somebody who asked for it was not known to have ended yet. */
function findSentAgain(
  records: readonly StoredRequest[],
  seen: readonly Seen[],
  nameOf: (id: string) => LicenseName | undefined,
  findOwner: FindOwner,
): readonly string[] {
  const askers = new Map<string, Set<string>>();
  const toKey = (email: string, license: unknown, operation: string) => `${email} ${operation} ${license}`;
  for (const { requestId, request } of records) {
    if (request === undefined) continue;
    const email = findOwner(request.person) ?? '';
    for (const { license, operation } of request.licenses) {
      const key = toKey(email, findName(license, ALL_LICENSES), operation);
      askers.set(key, (askers.get(key) ?? new Set()).add(requestId));
    }
  }
  const ended = new Set<string>();
  const again: string[] = [];
  for (const one of seen) {
    if (one.kind === 'ended') for (const id of one.requestIds) ended.add(id);
    if (one.kind === 'change') {
      for (const { id, operation } of one.items) {
        const key = toKey(one.email, nameOf(id), operation);
        const asking = [...(askers.get(key) ?? [])].filter((requestId) => !ended.has(requestId));
        if (asking.length === 0) again.push(key);
      }
    }
  }
  return again;
}
