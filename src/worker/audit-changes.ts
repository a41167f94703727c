import type { Change, Holding, NamedLicense } from '../audit/change.ts';
import { toAsked } from '../requests/audited-change.ts';
import { toEffectiveAt } from '../requests/record/due.ts';
import { type Item, toItems } from '../requests/record/items.ts';
import { isNewer } from '../requests/record/person.ts';
import type { ItemResult, RequestRecord } from '../requests/record/record.ts';
import { isOpen } from '../requests/record/states.ts';
import { UNDONE } from './attempt/verify.ts';
import { type Holdings, isHeld, isPending, isSameSite, type Seen } from './plan/holdings.ts';

/** One request of an attempt: as it went in, what became of its items, and as it goes on. */
export interface Attempted {
  readonly record: RequestRecord;
  readonly results: readonly ItemResult[];
  readonly next: RequestRecord;
}

/**
 * What an attempt changed at Webex, or found changed where one before it was interrupted: one for each change, however
 * many requests asked for it. What was known to be as wanted before is no change.
 */
export function toAuditChanges(
  attempted: readonly Attempted[],
  seen: Seen,
  instance: string,
): readonly Change[] {
  const byChange = new Map<string, { change: Change; record: RequestRecord }[]>();
  for (const { record, results, next } of attempted) {
    if (record.request === undefined || record.request.dryRun) continue;
    for (const change of toItems(record.request).flatMap((item) => [
      ...toRemovedLicenses(item, { record, results, next }, seen, instance),
      ...[toChange(item, { record, results, next }, seen, instance) ?? []].flat(),
    ])) {
      const { operation, license, siteUrl, known } = change;
      const key = JSON.stringify([known, operation, license?.id ?? license?.name, siteUrl]);
      byChange.set(key, [...(byChange.get(key) ?? []), { change, record }]);
    }
  }
  return [...byChange.values()].flatMap(mergeSame);
}

/** The newest of the requests that asked has it, the others are named with it. */
function mergeSame(same: readonly { readonly change: Change; readonly record: RequestRecord }[]): Change[] {
  const toWhen = ({ change: { requestId, operation }, record }: (typeof same)[number]) => {
    return { requestId, operation, at: toEffectiveAt(record) };
  };
  const [first, ...older] = [...same].sort((a, b) =>
    isNewer(toWhen(a), toWhen(b)) ? -1 : isNewer(toWhen(b), toWhen(a)) ? 1 : 0,
  );
  if (first === undefined) return [];
  const alsoFor = older.map(({ change }) => change.requestId);
  return [{ ...first.change, ...(alsoFor.length > 0 && { alsoFor }) }];
}

/** Of a removal that means several licenses: a change for each that this attempt removed. */
function toRemovedLicenses(
  item: Item,
  { record, results, next }: Attempted,
  seen: Seen,
  instance: string,
): readonly Change[] {
  const was = record.results[item.index];
  const { licenseIds = [], trackingId } = results[item.index] ?? {};
  if (was?.result !== 'wanted') return [];
  return licenseIds
    .filter((id) => !was.licenseIds?.includes(id))
    .map((id) => ({
      ...toAsked(next, item, toLicense(item, id, seen)),
      known: 'changed',
      before: toHolding(item, id, seen.holdings),
      after: 'not-held',
      attempt: record.attempts,
      instance,
      ...(trackingId !== undefined && { trackingId }),
    }));
}

function toChange(
  item: Item,
  { record, results, next }: Attempted,
  seen: Seen,
  instance: string,
): Change | undefined {
  const was = record.results[item.index];
  const result = results[item.index];
  if (was?.result !== 'wanted' || result === undefined) return undefined;
  const id = result.licenseId ?? was.licenseId;
  // Those are changes of their own.
  if (result.result === 'removed' && result.licenseIds !== undefined) return undefined;
  const wanted: Holding = item.operation === 'add' ? 'held' : 'not-held';
  const saw = toHolding(item, id, seen.holdings);
  const outcome = toOutcome(result, { wanted, saw, record, next });
  if (outcome === undefined) return undefined;
  const last = next.history.findLast(({ trackingId }) => trackingId !== undefined)?.trackingId;
  const trackingId = result.trackingId ?? (outcome.known === 'changed' ? undefined : last);
  return {
    ...toAsked(next, item, toLicense(item, id, seen)),
    ...outcome,
    attempt: record.attempts,
    instance,
    ...(trackingId !== undefined && { trackingId }),
  };
}

interface Case {
  readonly wanted: Holding;
  readonly saw: Holding;
  readonly record: RequestRecord;
  readonly next: RequestRecord;
}

function toOutcome(
  { result, changed, condition, trackingId }: ItemResult,
  { wanted, saw, record, next }: Case,
): Pick<Change, 'known' | 'before' | 'after'> | undefined {
  const found = { known: 'found-after-interruption', before: 'unknown', after: wanted } as const;
  const unknown = { known: 'unknown', before: saw, after: 'unknown' } as const;
  switch (result) {
    case 'assigned':
    case 'removed':
    case 'pending': {
      if (changed !== false)
        return { known: 'changed', before: saw, after: result === 'pending' ? 'pending' : wanted };
      return record.mayHaveApplied && condition !== IMPLICIT_LICENSE ? found : undefined;
    }
    case 'wanted': {
      if (condition === UNDONE && trackingId !== undefined)
        return { known: 'did-not-stand', before: saw, after: wanted === 'held' ? 'not-held' : 'held' };
      return next.mayHaveApplied && !isOpen(next.state) ? unknown : undefined;
    }
    case 'planned':
      return undefined;
    default: {
      if (!record.mayHaveApplied) return undefined;
      return saw === 'unknown' ? unknown : saw === wanted ? found : undefined;
    }
  }
}

/** Webex refuses to remove such a license, so nothing was changed in an attempt before. */
const IMPLICIT_LICENSE = 'implicit-license';

function toLicense(item: Item, id: string | undefined, { names }: Seen): NamedLicense | undefined {
  if (item.kind !== 'license' || id === undefined) return undefined;
  const { reference } = item;
  const asked = typeof reference === 'object' ? reference.name : reference === id ? undefined : reference;
  const name = names.get(id) ?? asked;
  return { id, ...(name !== undefined && { name }) };
}

function toHolding(item: Item, id: string | undefined, holdings: Holdings | undefined): Holding {
  if (holdings === undefined) return 'unknown';
  if (item.kind === 'site') {
    if (holdings.sites === undefined) return 'unknown';
    if (holdings.sites.some(isSameSite(item))) return 'held';
    return holdings.pendingSites === undefined ? 'unknown' : 'not-held';
  }
  if (id === undefined) return 'unknown';
  if (isHeld({ id }, holdings)) return 'held';
  if (isPending({ id }, holdings)) return 'pending';
  return holdings.pendingLicenses === undefined ? 'unknown' : 'not-held';
}
