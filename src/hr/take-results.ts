import { isRejected } from '../requests/record/decided-record.ts';
import { isRepair } from '../requests/record/drift-repair.ts';
import { toEffectiveAt } from '../requests/record/due.ts';
import { toItems } from '../requests/record/items.ts';
import type { RequestRecord } from '../requests/record/record.ts';
import { isOpen } from '../requests/record/states.ts';
import { findCandidates } from '../webex/catalogue.ts';
import type { License } from '../webex/license.ts';
import { withRepairEnd } from './drift/repair.ts';
import { type DirectRequest, isNewer, type Person } from './person.ts';
import { toBasis } from './situation.ts';

interface Context {
  readonly catalogue: readonly License[];
  readonly policyVersion: string;
  readonly nowMs: number;
  /** Whether the policy gave a license at an instant, in milliseconds. */
  readonly gave: (licenseId: string, atMs: number) => boolean;
}

/** What Webex confirmed of one item. */
interface ItemEnd {
  readonly operation: 'add' | 'remove';
  readonly end: 'done' | 'failed' | 'open';
  /** An interrupted attempt may have made the change, and no other attempt will tell. */
  readonly isPerhapsDone: boolean;
  readonly licenseIds: readonly string[];
  readonly reason: string;
}

function toEnds(record: RequestRecord, catalogue: readonly License[]) {
  const { request, results, failure, state } = record;
  if (request === undefined) return [];
  return toItems(request).map((item): ItemEnd => {
    const { result = 'wanted', licenseId, licenseIds, condition, code, detail } = results[item.index] ?? {};
    const named =
      item.kind === 'site'
        ? [`site:${item.siteUrl}`]
        : findCandidates(item.reference, catalogue).map(({ id }) => id);
    const own = licenseIds ?? (licenseId === undefined ? [] : [licenseId]);
    const isDone = result === 'assigned' || result === 'removed' || result === 'pending';
    const isFailed =
      result === 'failed' ||
      (result === 'wanted' && (state === 'failed' || state === 'partial')) ||
      (item.operation === 'remove' && isRejected(record));
    return {
      operation: item.operation,
      end: isDone ? 'done' : isFailed ? 'failed' : 'open',
      isPerhapsDone: result === 'wanted' && record.mayHaveApplied && state === 'cancelled',
      licenseIds: own.length > 0 ? own : named,
      reason: [condition ?? failure?.condition ?? detail ?? 'see the request', code]
        .filter(Boolean)
        .join(' '),
    };
  });
}

/** The person with what became of a request: grants only where Webex confirmed them. Done twice, it does the same. */
export function takeResults(person: Person, record: RequestRecord, context: Context): Person {
  if (record.origin?.channel !== 'hr') return takeDirect(person, record, context);
  if (isRepair(record)) return takeRepair(person, record, context);
  const isCurrent = person.open?.requestId === record.requestId;
  // One that was redriven ends again; an older one has been taken in.
  if (!isCurrent && !(record.updatedAt > (person.takenAt ?? 0))) return person;
  const { open, ...after } = takeOwn(person, record, context);
  const named = { ...(record.personId !== undefined && { personId: record.personId }), ...after };
  if (isOpen(record.state)) return { ...named, ...(open && { open }) };
  return { ...named, takenAt: record.updatedAt, ...(open && !isCurrent && { open }) };
}

function takeOwn(before: Person, record: RequestRecord, context: Context): Person {
  const { catalogue, policyVersion } = context;
  let person = before;
  for (const itemEnd of toEnds(record, catalogue)) {
    const { operation, end, licenseIds, reason, isPerhapsDone } = itemEnd;
    if (isPerhapsDone) person = perhapsApplied(person, itemEnd, context);
    if (end === 'open') continue;
    const items = new Set(licenseIds.map((id) => `${operation} ${id}`));
    const failures = person.failures.filter(({ item }) => !items.has(item));
    if (end === 'failed') {
      const toFailure = (item: string) => ({ item, reason, basis: toBasis(item, before, policyVersion) });
      person = { ...person, failures: [...failures, ...[...items].map(toFailure)] };
    } else person = applied({ ...person, failures }, operation, licenseIds, operation === 'add');
  }
  return person;
}

/**
 * What is perhaps given counts as given where no rule gives it, so that it is taken. What is perhaps taken counts as taken
 * where a rule gives it, so that it is given again. In both cases Webex is asked, and its answer is the evidence.
 */
function perhapsApplied(
  person: Person,
  { operation, licenseIds }: Pick<ItemEnd, 'operation' | 'licenseIds'>,
  { gave, nowMs }: Context,
): Person {
  const ids = licenseIds.filter((id) => gave(id, nowMs) === (operation === 'remove'));
  return applied(person, operation, ids, true);
}

/** A repair changes no failure: it is tried once. */
function takeRepair(before: Person, record: RequestRecord, { catalogue }: Context): Person {
  if (before.repair?.requestId !== record.requestId || isOpen(record.state)) return before;
  const ends = toEnds(record, catalogue);
  const done = ends
    .filter(({ end }) => end === 'done')
    .reduce((person, { operation, licenseIds }) => applied(person, operation, licenseIds, true), before);
  const byItem = ends.flatMap(({ operation, licenseIds, end }) =>
    licenseIds.map((id) => [`${operation} ${id}`, end] as const),
  );
  return withRepairEnd(done, new Map(byItem));
}

/** Only the newest of those who asked for a license directly counts. */
function takeDirect(
  before: Person,
  record: RequestRecord,
  { catalogue, policyVersion, gave }: Context,
): Person {
  if (isOpen(record.state) || record.request?.dryRun) return before;
  const at = toEffectiveAt(record);
  const until = record.request?.until;
  const ends = toEnds(record, catalogue).filter(({ end }) => end === 'done');
  const directs = ends.flatMap(({ operation, licenseIds }) =>
    licenseIds.map(
      (licenseId): DirectRequest => ({
        ...{ requestId: record.requestId, licenseId, operation, at, policyVersion },
        ...(until !== undefined && { until: new Date(until) }),
      }),
    ),
  );
  let person = before;
  for (const direct of directs) {
    const { licenseId, operation } = direct;
    const known = person.directs.find((one) => one.licenseId === licenseId);
    if (known && !isNewer(direct, known)) continue;
    const others = person.directs.filter((one) => one !== known);
    const isGrant = operation === 'add' && gave(licenseId, at.getTime());
    person = applied({ ...person, directs: [...others, direct] }, operation, [licenseId], isGrant);
  }
  return person;
}

function applied(
  person: Person,
  operation: 'add' | 'remove',
  ids: readonly string[],
  isGrant: boolean,
): Person {
  const grants = person.grants.filter(({ id }) =>
    operation === 'add' ? !(isGrant && ids.includes(id)) : !ids.includes(id),
  );
  const held = person.held && {
    ...person.held,
    ids: [...person.held.ids.filter((id) => !ids.includes(id)), ...(operation === 'add' ? ids : [])],
  };
  const added = operation === 'add' && isGrant ? ids.map((id) => ({ id, by: 'rule' as const })) : [];
  return { ...person, grants: [...grants, ...added], ...(held && { held }) };
}

/**
 * The failures of a person that can still decide. An add counts again when its policy comes back, for as long as the
 * policy desires the license; a removal never counts again under other facts or another policy.
 */
export const withoutSpent = (
  person: Person,
  desired: readonly string[],
  policyVersion: string,
): Person['failures'] =>
  person.failures.filter(({ item, basis }) =>
    item.startsWith('add ')
      ? desired.includes(item.slice('add '.length))
      : basis === toBasis(item, person, policyVersion),
  );
