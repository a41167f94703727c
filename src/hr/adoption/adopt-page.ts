import pMap from 'p-map';
import type { SnapshotPerson } from '../../people/person.ts';
import type { Snapshot } from '../../people/snapshot.ts';
import type { Log } from '../../platform/log.ts';
import type { Policy } from '../../policy/policy.ts';
import type { PolicyInForce } from '../../policy/policy-source.ts';
import { findCandidates } from '../../webex/catalogue.ts';
import type { License } from '../../webex/license.ts';
import type { HrWorkQueue } from '../hr-events.ts';
import { isSettled } from '../is-settled.ts';
import type { Person } from '../person.ts';
import { loadPolicies } from '../reconcile-employee.ts';
import type { LookContext } from '../situation.ts';
import { type Holder, planAdoption } from './adopt.ts';
import { type Counted, NOTHING } from './count-adoption.ts';
import { showAdoption, showLeftOut } from './show-adoption.ts';
import {
  findRemovedSince,
  findRows,
  newHolder,
  type StoreAdoptedDeps,
  storeAdopted,
} from './store-adopted.ts';

export interface AdoptPageDeps extends StoreAdoptedDeps {
  readonly hrWorkQueue: Pick<HrWorkQueue, 'send'>;
  readonly zoneOf: (source: string) => string;
}

/** What all people of an adoption are looked at by. */
export interface AdoptionGround extends Pick<PolicyInForce, 'policy' | 'ofVersion'> {
  readonly policyVersion: string;
  readonly catalogue: readonly License[];
  readonly snapshot: Pick<Snapshot, 'licenses' | 'readStartedAt'>;
  readonly isDryRun: boolean;
  readonly at: Date;
}

const AT_ONCE = 16;

/** Adopts for some people of a snapshot, or only says what would be adopted. Done twice, it does the same. */
export async function adoptPage(
  deps: AdoptPageDeps,
  people: readonly SnapshotPerson[],
  ground: AdoptionGround,
  log: Log,
): Promise<readonly Counted[]> {
  const toHolder = createToHolder(ground);
  const adopt = (person: SnapshotPerson) => adoptOne(deps, person, toHolder(person), ground, log);
  return pMap(people, adopt, { concurrency: AT_ONCE });
}

async function adoptOne(
  deps: AdoptPageDeps,
  { isOutside, licenses }: SnapshotPerson,
  holder: Holder,
  ground: AdoptionGround,
  log: Log,
): Promise<Counted> {
  if (isOutside) return { ...NOTHING, counts: ['people', 'outside'] };
  // Not told is not none.
  if (licenses === undefined) return { ...NOTHING, counts: ['people', 'untold'] };
  if (holder.managedIds.length === 0) return { ...NOTHING, counts: ['people'] };
  const rows = await findRows(deps, holder);
  if (rows === 'needs-identity' || (rows.length === 0 && holder.emails.length === 0))
    return showLeftOut('needIdentity', holder, 'needs-identity');
  const unknown = newHolder(holder, ground.at);
  const removed = await findRemovedSince(deps, rows[0] ?? unknown, ground.snapshot.readStartedAt);
  // A dry run says what is new; a run that is done again after a kill counts what it has adopted already.
  const granted = ground.isDryRun ? rows.flatMap(({ grants }) => grants.map(({ id }) => id)) : [];
  const ids = holder.managedIds.filter((id) => !removed.has(id) && !granted.includes(id));
  if (ids.length === 0) return { ...NOTHING, counts: ['people'] };
  const context = await toContext(deps, rows, ground);
  const plan = planAdoption(rows, unknown, holder, ids, context);
  if (plan === 'needs-identity') return showLeftOut('needIdentity', holder, plan);
  if (!ground.isDryRun) {
    const stored = await storeAdopted(deps, holder, ids, log);
    if (stored === 'needs-identity') return showLeftOut('needIdentity', holder, stored);
    if (stored === 'busy') return showLeftOut('busy', holder, stored);
    const now = { ...context, nowMs: deps.clock().getTime() };
    if (stored.employees.length > 0 && !isSettled(stored, now))
      await deps.hrWorkQueue.send({ personKey: stored.personKey });
  }
  return showAdoption(plan, context);
}

/** With the policies by which direct requests of these people are judged. */
async function toContext(
  { zoneOf }: AdoptPageDeps,
  rows: readonly Person[],
  { at, policy, policyVersion, catalogue, ofVersion }: AdoptionGround,
): Promise<LookContext> {
  const all = await Promise.all(rows.map((row) => loadPolicies(row, ofVersion)));
  const known = new Map(all.flatMap((one) => [...one]));
  return {
    ...{ nowMs: at.getTime(), policy, policyVersion, catalogue, zoneOf },
    policyOf: (version) => known.get(version),
  };
}

/** The license ids that a policy manages. */
export const toManaged = ({ manages }: Policy, catalogue: readonly License[]): ReadonlySet<string> =>
  new Set(manages.flatMap((reference) => findCandidates(reference, catalogue).map(({ id }) => id)));

/** The places of a snapshot's licenses as ids of the catalogue, looked up once for a page of people. */
function createToHolder({ snapshot, catalogue, policy }: AdoptionGround) {
  const managed = toManaged(policy, catalogue);
  const toId = (id: string) => findCandidates(id, catalogue)[0]?.id ?? id;
  const idOf = snapshot.licenses.map(({ id }) => toId(id));
  return ({ id: personId, emails, created, licenses = [] }: SnapshotPerson): Holder => {
    const heldIds = licenses.flatMap((held) => (typeof held === 'string' ? toId(held) : (idOf[held] ?? [])));
    const createdAt = created === undefined ? undefined : new Date(created);
    return { personId, emails, createdAt, heldIds, managedIds: heldIds.filter((id) => managed.has(id)) };
  };
}
