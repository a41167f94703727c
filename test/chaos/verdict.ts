import type { WebexSimulator } from '../../infra/local/webex/simulator.ts';
import { type StoredEntry, toEffectiveAt } from '../../src/ledger/entry.ts';
import { type Asked, isNewer } from '../../src/ledger/person.ts';
import { isOpen } from '../../src/ledger/states.ts';
import { createFindOwner, findName } from './spelling.ts';
import type { Seen } from './watch.ts';
import { type Human, LICENSES, type LicenseName, toExpected } from './workload.ts';

/** What went wrong, each with whom or what; all empty where nothing did. */
export interface Verdict {
  /** Accepted, and not in the ledger in one final state. */
  readonly lost: readonly string[];
  /** People who do not hold what a sequential model says. */
  readonly wrong: readonly string[];
  /** Requests that say otherwise than what Webex holds, or that failed. */
  readonly contradictory: readonly string[];
  /** Changes that were sent though all who asked for them were known to have succeeded. */
  readonly sentAgain: readonly string[];
}

type FindOwner = ReturnType<typeof createFindOwner>;

export const isClean = (verdict: Verdict): boolean =>
  Object.values(verdict).every((problems) => problems.length === 0);

/** Compares what the ledger and Webex say with what was asked. */
export function judge(
  people: readonly Human[],
  entries: readonly StoredEntry[],
  seen: readonly Seen[],
  simulator: WebexSimulator,
): Verdict {
  const nameOf = createNameOf(simulator);
  const findOwner = createFindOwner(people.map(({ email }) => email));
  const byId = new Map(entries.map((entry) => [entry.requestId, entry]));
  const accepted = people.flatMap(({ wishes }) => wishes.filter(({ by }) => by !== 'hr').map(({ id }) => id));
  return {
    lost: [
      ...accepted.filter((id) => !byId.has(id)),
      ...entries.filter((entry) => !hasOneEnd(entry)).map(toText),
    ],
    wrong: findWrong(people, simulator).map(({ email }) => email),
    contradictory: findContradictory(entries, createHolds(simulator), findOwner),
    sentAgain: findSentAgain(entries, seen, nameOf, findOwner),
  };
}

const createNameOf = (simulator: WebexSimulator) => (id: string) =>
  LICENSES.find((name) => name === simulator.organization().licenses.get(id)?.name);

function createHolds(simulator: WebexSimulator) {
  const nameOf = createNameOf(simulator);
  const { people } = simulator.organization();
  return (email: string) =>
    new Set([...(people.get(email)?.licenses ?? [])].flatMap((id) => nameOf(id) ?? []));
}

/** People who do not hold what a sequential model says. */
export function findWrong(people: readonly Human[], simulator: WebexSimulator): readonly Human[] {
  const holds = createHolds(simulator);
  return people.filter((human) => !isEqual(holds(human.email), toExpected(human)));
}

const toText = ({ requestId, state, failure }: StoredEntry) =>
  [requestId, state, failure?.condition].filter(Boolean).join(' ');

const hasOneEnd = ({ state, history }: StoredEntry) =>
  !isOpen(state) && history.filter((event) => !isOpen(event.state)).length === 1;

const isEqual = <T>(one: ReadonlySet<T>, other: ReadonlySet<T>) =>
  one.size === other.size && [...one].every((item) => other.has(item));

/** Of all that the ledger says was done, the newest must be so; and nothing here fails for good. */
function findContradictory(
  entries: readonly StoredEntry[],
  holds: (email: string) => ReadonlySet<LicenseName>,
  findOwner: FindOwner,
): readonly string[] {
  const newest = new Map<string, Asked & { readonly email: string; readonly license: LicenseName }>();
  for (const entry of entries) {
    const { requestId, request, results } = entry;
    const email = (request && findOwner(request.person)) ?? '';
    request?.licenses.forEach(({ license: reference, operation }, index) => {
      const license = findName(reference, LICENSES);
      const result = results[index]?.result;
      if (license === undefined || (result !== 'assigned' && result !== 'removed')) return;
      const asked = { requestId, operation, at: toEffectiveAt(entry) };
      const known = newest.get(`${email} ${license}`);
      if (known === undefined || isNewer(asked, known))
        newest.set(`${email} ${license}`, { ...asked, email, license });
    });
  }
  const untrue = [...newest.values()].filter(
    ({ email, license, operation }) => holds(email).has(license) !== (operation === 'add'),
  );
  return [
    ...untrue.map(({ requestId, license, operation }) => `${requestId} ${operation} ${license}`),
    ...entries.filter(({ state }) => state === 'failed' || state === 'partial').map(toText),
  ];
}

/** Of each change that was sent: whether somebody who asked for it was not known to have ended yet. */
function findSentAgain(
  entries: readonly StoredEntry[],
  seen: readonly Seen[],
  nameOf: (id: string) => LicenseName | undefined,
  findOwner: FindOwner,
): readonly string[] {
  const askers = new Map<string, Set<string>>();
  const toKey = (email: string, license: unknown, operation: string) => `${email} ${operation} ${license}`;
  for (const { requestId, request } of entries) {
    if (request === undefined) continue;
    const email = findOwner(request.person) ?? '';
    for (const { license, operation } of request.licenses) {
      const key = toKey(email, findName(license, LICENSES), operation);
      askers.set(key, (askers.get(key) ?? new Set()).add(requestId));
    }
  }
  const ended = new Set<string>();
  const again: string[] = [];
  for (const one of seen) {
    if (one.kind === 'ended') for (const id of one.requestIds) ended.add(id);
    else {
      for (const { id, operation } of one.items) {
        const key = toKey(one.email, nameOf(id), operation);
        const asking = [...(askers.get(key) ?? [])].filter((requestId) => !ended.has(requestId));
        if (asking.length === 0) again.push(key);
      }
    }
  }
  return again;
}
