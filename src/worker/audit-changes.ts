import type { Change, Holding, NamedLicense } from '../audit/change.ts';
import { toAsked } from '../requests/audited-change.ts';
import { toEffectiveAt } from '../requests/record/due.ts';
import type { ItemResult } from '../requests/record/item-result.ts';
import { type Item, toItems } from '../requests/record/items.ts';
import type { RequestRecord } from '../requests/record/record.ts';
import { isOpen } from '../requests/record/states.ts';
import { UNDONE } from './attempt/verify.ts';
import { byNewest } from './plan/conflict-resolution.ts';
import { type Seen, toHolding } from './plan/holdings.ts';

/** One request of an attempt: before it, its results, and the record in its next state. */
export interface Attempted {
  readonly record: RequestRecord;
  readonly results: readonly ItemResult[];
  readonly next: RequestRecord;
}

/**
 * The changes that an attempt made at Webex, or found made where the attempt before it was interrupted. Several requests
 * may share one change. An item that was already done is no change.
 */
export function toAuditChanges(
  attempted: readonly Attempted[],
  seen: Seen,
  instance: string,
): readonly Change[] {
  const byChange = new Map<string, { change: Change; record: RequestRecord }[]>();
  for (const { record, results, next } of attempted) {
    if (record.request === undefined || record.request.dryRun) continue;
    const attempt = { record, results, next };
    const changes = toItems(record.request).flatMap((item) => toItemChanges(item, attempt, seen, instance));
    for (const change of changes) {
      const { operation, license, siteUrl, known } = change;
      const key = JSON.stringify([known, operation, license?.id ?? license?.name, siteUrl]);
      byChange.set(key, [...(byChange.get(key) ?? []), { change, record }]);
    }
  }
  return [...byChange.values()].flatMap(mergeSame);
}

/** Attributes the change to the newest of its requests, and names the others with it. */
function mergeSame(same: readonly { readonly change: Change; readonly record: RequestRecord }[]): Change[] {
  const toTime = ({ change: { requestId, operation }, record }: (typeof same)[number]) => {
    return { requestId, operation, at: toEffectiveAt(record) };
  };
  const [first, ...older] = [...same].sort((a, b) => byNewest(toTime(a), toTime(b)));
  if (first === undefined) return [];
  const alsoFor = older.map(({ change }) => change.requestId);
  return [{ ...first.change, ...(alsoFor.length > 0 && { alsoFor }) }];
}

/** The changes for one item. A removal that means several licenses has one for each that this attempt removed. */
function toItemChanges(
  item: Item,
  { record, results, next }: Attempted,
  seen: Seen,
  instance: string,
): readonly Change[] {
  const was = record.results[item.index];
  const result = results[item.index];
  if (was?.result !== 'wanted' || result === undefined) return [];
  const toChange = (id: string | undefined, outcome: Outcome, trackingId: string | undefined): Change => ({
    ...toAsked(next, item, toLicense(item, id, seen)),
    ...outcome,
    attempt: record.attempts,
    instance,
    ...(trackingId !== undefined && { trackingId }),
    ...(result.properties && { properties: result.properties }),
  });
  const removed = (result.licenseIds ?? [])
    .filter((id) => !was.licenseIds?.includes(id))
    .map((id) => {
      const before = toHoldingBefore(item, id, seen);
      return toChange(id, { known: 'changed', before, after: 'not-held' }, result.trackingId);
    });
  if (result.result === 'removed' && result.licenseIds !== undefined) return removed;
  const id = result.licenseId ?? was.licenseId;
  const desired = item.operation === 'add' ? 'held' : 'not-held';
  const outcome = toOutcome(result, { desired, before: toHoldingBefore(item, id, seen), record, next });
  if (outcome === undefined) return removed;
  const last = next.history.findLast(({ trackingId }) => trackingId !== undefined)?.trackingId;
  const trackingId = result.trackingId ?? (outcome.known === 'changed' ? undefined : last);
  return [...removed, toChange(id, outcome, trackingId)];
}

type Outcome = Pick<Change, 'known' | 'before' | 'after'>;

interface Case extends Pick<Attempted, 'record' | 'next'> {
  readonly desired: Holding;
  readonly before: Holding;
}

function toOutcome(
  { result, changed, condition, trackingId }: ItemResult,
  { desired, before, record, next }: Case,
): Outcome | undefined {
  const found = { known: 'found-after-interruption', before: 'unknown', after: desired } as const;
  const unknown = { known: 'unknown', before, after: 'unknown' } as const;
  switch (result) {
    case 'assigned':
    case 'removed':
    case 'pending': {
      if (changed !== false)
        return { known: 'changed', before, after: result === 'pending' ? 'pending' : desired };
      return record.mayHaveApplied && condition !== IMPLICIT_LICENSE ? found : undefined;
    }
    case 'wanted': {
      if (condition === UNDONE && trackingId !== undefined)
        return { known: 'did-not-stand', before, after: desired === 'held' ? 'not-held' : 'held' };
      return next.mayHaveApplied && !isOpen(next.state) ? unknown : undefined;
    }
    case 'planned':
      return undefined;
    default: {
      if (!record.mayHaveApplied) return undefined;
      return before === 'unknown' ? unknown : before === desired ? found : undefined;
    }
  }
}

/** Webex never removes such a license: no earlier attempt has changed it. */
const IMPLICIT_LICENSE = 'implicit-license';

function toLicense(item: Item, id: string | undefined, { names }: Seen): NamedLicense | undefined {
  if (item.kind !== 'license' || id === undefined) return undefined;
  const { reference } = item;
  const asked = typeof reference === 'object' ? reference.name : reference === id ? undefined : reference;
  const name = names.get(id)?.name ?? asked;
  return { id, ...(name !== undefined && { name }) };
}

function toHoldingBefore(item: Item, id: string | undefined, { holdings }: Seen): Holding {
  if (holdings === undefined || (item.kind === 'license' && id === undefined)) return 'unknown';
  return toHolding(item, id === undefined ? [] : [{ id }], holdings);
}
