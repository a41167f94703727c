import type { LicenseRequest } from '../../requests/license-request.ts';
import { DRIFT_SOURCE } from '../../requests/record/drift-repair.ts';
import { toItems } from '../../requests/record/items.ts';
import type { RequestRecord } from '../../requests/record/record.ts';
import { isCallingId } from '../../webex/catalogue.ts';
import type { Look } from '../look.ts';
import type { Person, Repair } from '../person.ts';
import type { LookContext } from '../situation.ts';
import { newestEmails, toRequestId } from '../to-request.ts';
import { toExpectation } from './expect.ts';

/** What a people snapshot shows of a person, and is to be repaired. */
export interface WantedRepair {
  readonly add: readonly string[];
  readonly remove: readonly string[];
  /** When the people were read. */
  readonly readAt: Date;
}

const MAX_ITEMS = 50;
const MAX_REASON = 200;

/**
 * The items of a repair that the policy, the grants and the overrides still allow: what must be held is added, and what may
 * not be held is removed, from nobody who left. Pure.
 */
function toAllowed(person: Person, context: LookContext, { add, remove }: Omit<WantedRepair, 'readAt'>) {
  const { must, may, isLeft } = toExpectation(person, context);
  const { policy, catalogue } = context;
  const isKept = (id: string) =>
    may === 'any' || may.has(id) || (isCallingId(id, catalogue) && !policy.movers.calling);
  return {
    add: add.filter((id) => must.has(id)),
    remove: isLeft ? [] : remove.filter((id) => !isKept(id)),
    whyOf: (id: string) => must.get(id),
  };
}

/**
 * The person with the request that repairs a drift, once for each difference; the same person where nothing is to be done.
 * Nothing is done where the person has changed since the people were read: the snapshot may be older than that. Pure.
 */
export function withRepair(person: Person, look: Look, context: LookContext, wanted: WantedRepair): Person {
  if (person.repair || person.astray !== undefined || person.updatedAt >= wanted.readAt) return person;
  const tried = new Set(person.repairs?.map(({ item }) => item));
  const { add, remove, whyOf } = toAllowed(person, context, wanted);
  const removed = remove.filter((id) => !tried.has(`remove ${id}`)).slice(0, MAX_ITEMS);
  const added = add.filter((id) => !tried.has(`add ${id}`)).slice(0, MAX_ITEMS - removed.length);
  if (added.length + removed.length === 0) return person;
  const at = new Date(context.nowMs);
  const repairs = [...added.map((id) => `add ${id}`), ...removed.map((id) => `remove ${id}`)].map(
    (item): Repair => ({ item, at, state: 'open' }),
  );
  const reasons = [
    ...new Set([
      ...added.map(whyOf),
      ...(removed.length > 0 ? ['no rule gives it, and nobody asked for it'] : []),
    ]),
  ].join('; ');
  const request: LicenseRequest = {
    ...toPerson(person),
    licenses: [
      ...added.map((id) => toAdd(id, look)),
      ...removed.map((license) => ({ license, operation: 'remove' as const })),
    ],
    siteUrls: [],
    source: DRIFT_SOURCE,
    reason: `drift: ${reasons}; changed at Webex by hand`.slice(0, MAX_REASON),
    ...(removed.some((id) => isCallingId(id, context.catalogue)) && { allowCallingRemoval: true }),
  };
  return {
    ...person,
    revision: person.revision + 1,
    repair: { requestId: toRequestId(person), request, policyVersion: context.policyVersion, isRepair: true },
    repairs: [...(person.repairs ?? []), ...repairs],
  };
}

function toPerson(person: Person): Pick<LicenseRequest, 'version' | 'person'> {
  const email = newestEmails(person).at(-1) ?? person.emails.at(-1);
  const { personId } = person;
  return {
    version: 1,
    person: { ...(email !== undefined && { email }), ...(personId !== undefined && { personId }) },
  };
}

/** By its id: a name could mean another license by now. */
function toAdd(license: string, { desired }: Look): LicenseRequest['licenses'][number] {
  const properties = desired.gives.find(({ candidates }) => candidates.includes(license))?.properties;
  return { license, operation: 'add', ...(properties && { properties }) };
}

/** Whether all that an open repair still has to do is allowed. */
export function isStillWanted(
  person: Person,
  context: LookContext,
  { request, results }: RequestRecord,
): boolean {
  if (request === undefined || person.astray !== undefined) return false;
  const left = toItems(request).flatMap((item) =>
    item.kind === 'license' && (results[item.index]?.result ?? 'wanted') === 'wanted'
      ? [{ operation: item.operation, id: toId(item.reference) }]
      : [],
  );
  const idsOf = (operation: 'add' | 'remove') =>
    left.filter((one) => one.operation === operation).map(({ id }) => id);
  const wanted = { add: idsOf('add'), remove: idsOf('remove') };
  const allowed = toAllowed(person, context, wanted);
  return allowed.add.length === wanted.add.length && allowed.remove.length === wanted.remove.length;
}

const toId = (reference: unknown): string => (typeof reference === 'string' ? reference : '');

/** The repairs without those of which the policy says something else by now: they may be repaired again. */
export function withoutSpentRepairs({ repairs = [] }: Person, desired: readonly string[]): readonly Repair[] {
  return repairs.filter(({ item }) => {
    const [operation = '', id = ''] = item.split(' ', 2);
    return (operation === 'add') === desired.includes(id);
  });
}

/** What became of the items of a repair that has ended. */
export function withRepairEnd(person: Person, ends: ReadonlyMap<string, 'done' | 'failed' | 'open'>): Person {
  const { repair: _over, ...rest } = person;
  const repairs = (person.repairs ?? []).flatMap((one): readonly Repair[] => {
    const end = one.state === 'open' ? (ends.get(one.item) ?? 'open') : one.state;
    // Cancelled, or overruled: nothing was tried.
    return end === 'open' ? [] : [{ ...one, state: end }];
  });
  return { ...rest, ...(repairs.length > 0 ? { repairs } : { repairs: [] }) };
}
