import { toItems } from '../../src/requests/record/items.ts';
import type { StoredRequest } from '../../src/requests/record/record.ts';
import { isOpen } from '../../src/requests/record/states.ts';
import { findCandidates } from '../../src/webex/catalogue.ts';
import type { License } from '../../src/webex/license.ts';

/** Each item of a request, as scenarios write it, and whether it is not done yet. */
export function toLabels({ request, results, state }: StoredRequest, licenses: readonly License[]) {
  return (request ? toItems(request) : []).map((item) => {
    const { result, licenseId } = results[item.index] ?? {};
    const named =
      item.kind === 'site' ? `site:${item.siteUrl}` : findCandidates(item.reference, licenses)[0]?.id;
    const id = licenseId ?? named ?? (item.kind === 'license' ? String(item.reference) : '');
    const isLeft = result === 'wanted' && (isOpen(state) || state === 'cancelled');
    return { label: `${item.operation === 'add' ? '+' : '-'}${id}`, isLeft, isFailed: result === 'failed' };
  });
}

/** What reconcile asked in total: an item that moves to a replacing request counts once, one that is redriven again. */
export function toAsked(
  own: readonly StoredRequest[],
  licenses: readonly License[],
  redriven: ReadonlyMap<string, readonly string[]>,
): readonly string[] {
  return own.flatMap((record, index) => {
    const before = own[index - 1];
    const moved =
      before?.state === 'cancelled' ? toLabels(before, licenses).filter(({ isLeft }) => isLeft) : [];
    const labels = toLabels(record, licenses).map(({ label }) => label);
    return [
      ...labels.filter((label) => !moved.some((item) => item.label === label)),
      ...(redriven.get(record.requestId) ?? []),
    ];
  });
}
