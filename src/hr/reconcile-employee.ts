import { isDeepStrictEqual } from 'node:util';
import type { Log } from '../platform/log.ts';
import { retryOnConflict, VERSION_CONFLICT } from '../platform/version-conflict.ts';
import { isGiven } from '../policy/desired.ts';
import type { Policy } from '../policy/policy.ts';
import type { PolicySource } from '../policy/policy-source.ts';
import type { RequestRecord } from '../requests/record/record.ts';
import { isOpen } from '../requests/record/states.ts';
import type { License } from '../webex/license.ts';
import { isStillWanted, type WantedRepair, withoutSpentRepairs, withRepair } from './drift/repair.ts';
import { asAstray, findAbsent, findAgain, type IdentifyDeps, identify, isSuccessor } from './identify.ts';
import { claimNames, joinInto, withNamesOf } from './join-people.ts';
import { type Look, lookAt } from './look.ts';
import { cancelOwn, type OwnRequestDeps, submitOwn } from './own-requests.ts';
import {
  findPerson,
  type HrPeople,
  newPerson,
  type Person,
  type StoredPerson,
  withoutUnnamedEnd,
} from './person.ts';
import { desiredOn } from './person-on.ts';
import { historiesOf, type LookContext } from './situation.ts';
import { takeResults, withoutSpent } from './take-results.ts';
import { asksSame, toRequest, toRequestId } from './to-request.ts';
import { withNextLook } from './with-next-look.ts';

export interface ReconcileDeps extends OwnRequestDeps, IdentifyDeps {
  readonly people: Pick<HrPeople, 'read' | 'write'>;
  readonly policies: PolicySource;
  /** All licenses of the organization. @throws where they cannot be read: then nothing is decided */
  readonly catalogue: () => Promise<readonly License[]>;
  /** Where a day begins of which HR names no zone, by source. */
  readonly zoneOf: (source: string) => string;
}

/** Why a person is looked at: what is new, and with what it came. */
export interface Cause {
  /** The person with what is new. Done twice, it does the same. */
  readonly change?: (person: Person) => Person;
  /** A request that ended. */
  readonly ended?: RequestRecord;
  /** Of an HR event: when it was received, and with which secret. */
  readonly askedAt?: Date;
  readonly key?: string | undefined;
  readonly eventKey?: string;
  /** A drift that is to be repaired. */
  readonly repair?: WantedRepair;
}

/** A person as they are stored now, and what was decided. */
export interface Reconciliation {
  readonly person: StoredPerson;
  readonly look: Look;
}

const MADE_KEPT = 20;
/** The requests that a person can have open. */
const OWN = ['open', 'repair'] as const;

interface Decided {
  readonly person: Person;
  readonly look: Look;
  readonly isUnsubmitted: boolean;
}

/**
 * Makes a person as desired: decides from what is stored alone, and has one open request of its own at a time. It is
 * written with the person before it is submitted, so that a crash in between ends the same. Done twice, nothing more
 * happens.
 * @returns the person as they are stored now; undefined where HR knows nobody of this key
 * @throws where storage, the policy, or the catalogue cannot be read: to be done again later
 */
export async function reconcileEmployee(
  deps: ReconcileDeps,
  personKey: string,
  cause: Cause,
  log: Log,
): Promise<Reconciliation | undefined> {
  const { people, clock } = deps;
  const { policy, version: policyVersion, ofVersion } = await deps.policies.current(log);
  const catalogue = await deps.catalogue();
  const done = await retryOnConflict(async () => {
    const stored = await findPerson(people, personKey);
    const now = clock();
    const known = stored ? withoutUnnamedEnd(stored) : newPerson(personKey, now);
    const before = (cause.change ?? ((same) => same))(known);
    if (before.employees.length === 0) return undefined;
    const policies = await loadPolicies(before, ofVersion);
    const context: LookContext = {
      ...{ nowMs: now.getTime(), policy, policyVersion, catalogue, zoneOf: deps.zoneOf },
      policyOf: (version) => policies.get(version),
    };
    const decided = await decide(deps, before, cause, context, log);
    const { look, isUnsubmitted } = decided;
    const owner = await claimNames(people, before, decided.person);
    if (owner !== before.personKey) {
      await joinOther(deps, owner, before, decided, log);
      return { owner };
    }
    const person = withNextLook(decided.person, look, { now, isUnsubmitted });
    if (stored && isDeepStrictEqual(person, stored)) return { person: stored, look };
    const written = await people.write({ ...person, updatedAt: now });
    if (written === VERSION_CONFLICT) return written;
    for (const which of OWN) {
      const made = written[which];
      if (made && made.requestId !== before[which]?.requestId) await submitOwn(deps, made, log);
    }
    return { person: written, look };
  });
  if (done === VERSION_CONFLICT) throw new Error('A person was written by others each time');
  return done && 'owner' in done ? reconcileEmployee(deps, done.owner, cause, log) : done;
}

/** Two people who turn out to be one: what this one has open ends, or its end is taken in by the other. */
async function joinOther(
  deps: ReconcileDeps,
  owner: string,
  before: Person,
  { person }: Decided,
  log: Log,
): Promise<void> {
  for (const which of OWN) {
    const { requestId } = before[which] ?? {};
    if (requestId !== undefined && person[which]?.requestId === requestId)
      await cancelOwn(deps, requestId, 'its person is one with another', log);
  }
  const { version } = before as Partial<StoredPerson>;
  await joinInto(deps.people, owner, { ...person, ...(version !== undefined && { version }) });
}

/** The policies by which direct requests of a person are judged, by version. */
export async function loadPolicies(
  { directs }: Person,
  ofVersion: (version: string) => Promise<Policy | undefined>,
): Promise<ReadonlyMap<string, Policy>> {
  const versions = [...new Set(directs.flatMap(({ policyVersion }) => policyVersion ?? []))];
  const loaded = await Promise.all(
    versions.map(async (version) => [version, await ofVersion(version)] as const),
  );
  return new Map(loaded.flatMap(([version, policy]) => (policy ? [[version, policy]] : [])));
}

async function decide(
  deps: ReconcileDeps,
  before: Person,
  { ended, askedAt, key, eventKey, repair: wantedRepair }: Cause,
  context: LookContext,
  log: Log,
): Promise<Decided> {
  // Written, and not submitted: its writer died in between, or is about to.
  const [open, repair] = await Promise.all(
    OWN.map(async (which) => {
      const made = before[which];
      return made && ((await deps.requestStore.read(made.requestId)) ?? (await submitOwn(deps, made, log)));
    }),
  );
  const reported = [open, repair, ended].filter((record) => record !== undefined);
  const reportedOn = await identify(deps, await takeAll(deps, before, reported, context));
  let look = lookAt(reportedOn, context);
  let person = await findAbsent(deps, withConfirmed(reportedOn, look), look.endMs);
  if (person !== reportedOn) look = lookAt(person, context);
  const { needsHeld, removes } = look.reconciled;
  const mayBeAnother = person.personId === undefined && removes.length > 0 && person.held === undefined;
  if (look.endMs !== undefined && person.astray === undefined && (needsHeld || mayBeAnother)) {
    const found = await findAgain(deps, person);
    const isAnother = isSuccessor(person, look.endMs, found?.createdAt);
    // What Webex does not tell is asked again at the next look.
    const ids = found ? found.licenseIds : [];
    if (ids && !isAnother) person = { ...person, held: { ids, endMs: look.endMs } };
    if (isAnother) person = asAstray(person);
    else if (found) person = await withNamesOf(deps.people, person, found);
    look = lookAt(person, context);
  }
  if (person.repair && repair && isOpen(repair.state) && !isStillWanted(person, context, repair)) {
    const cancelled = await cancelOwn(deps, repair.requestId, 'it is no longer wanted', log);
    if (cancelled) person = await takeAll(deps, person, [cancelled], context);
    look = lookAt(person, context);
  }
  if (wantedRepair) person = withRepair(person, look, context, wantedRepair);
  const wantedBy = ({ reconciled }: Look) =>
    person.astray === undefined
      ? toRequest(person, reconciled, context.catalogue, context.policyVersion)
      : undefined;
  let wanted = wantedBy(look);
  if (person.open && open && isOpen(open.state) && !asksSame(open, wanted, person, context.catalogue)) {
    const detail = wanted ? 'another request takes its place' : 'it is no longer wanted';
    const cancelled = await cancelOwn(deps, open.requestId, detail, log);
    if (cancelled) {
      person = await takeAll(deps, person, [cancelled], context);
      look = lookAt(person, context);
      wanted = wantedBy(look);
    }
  }
  if (person.open === undefined && wanted) {
    const origin = {
      ...(askedAt && { askedAt }),
      ...(key !== undefined && { key }),
    };
    const of = { policyVersion: context.policyVersion, isOfLeaver: look.endMs !== undefined };
    const next = { requestId: toRequestId(person), request: wanted, ...of, ...origin };
    const made = eventKey === undefined ? [] : [{ requestId: next.requestId, eventKey }];
    person = {
      ...person,
      open: next,
      revision: person.revision + 1,
      made: [...(person.made ?? []), ...made].slice(-MADE_KEPT),
    };
  }
  const { desired, grants } = look.reconciled;
  const failures = withoutSpent(person, desired, context.policyVersion);
  return {
    person: {
      ...{ ...person, grants, failures },
      ...(person.repairs && { repairs: withoutSpentRepairs(person, desired) }),
    },
    look,
    isUnsubmitted: OWN.some((which) => person[which]?.requestId !== before[which]?.requestId),
  };
}

/** A person at Webex who was found before HR named their employee: who works is that person, and who left before is not. */
function withConfirmed(person: Person, { endMs, state }: Look): Person {
  if (isSuccessor(person, endMs)) return asAstray(person);
  const { createdAt: _confirmed, ...confirmed } = person;
  return person.createdAt !== undefined && state === 'employed' ? confirmed : person;
}

/** The person with the results of these requests, and of the requests that overruled them. */
async function takeAll(
  { requestStore }: ReconcileDeps,
  before: Person,
  records: readonly RequestRecord[],
  { policy, policyVersion, catalogue, zoneOf, nowMs }: LookContext,
): Promise<Person> {
  const overruling = new Set(
    records.flatMap(({ results }) =>
      results.flatMap(({ result, by }) => (result === 'superseded' && by) || []),
    ),
  );
  const others = await Promise.all([...overruling].map((requestId) => requestStore.read(requestId)));
  const histories = historiesOf(before, zoneOf);
  const gave = (licenseId: string, atMs: number) =>
    isGiven(desiredOn(histories, atMs, policy, catalogue), licenseId);
  const all = [...records, ...others.filter((record) => record !== undefined)];
  return all.reduce(
    (person, record) => takeResults(person, record, { catalogue, policyVersion, gave, nowMs }),
    before,
  );
}
