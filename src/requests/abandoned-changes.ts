import type { Change } from '../audit/change.ts';
import { toAsked } from './audited-change.ts';
import { toItems } from './record/items.ts';
import type { Mover, RequestRecord } from './record/record.ts';

/**
 * What a request may have changed at Webex that now ends without another look: an attempt of it was interrupted.
 * @param entry as it was before somebody ended it
 */
export function toAbandoned(record: RequestRecord, { instance }: Pick<Mover, 'instance'>): readonly Change[] {
  const { request, results, attempts, history } = record;
  const isUncertain = record.mayHaveApplied || record.state === 'working';
  if (request === undefined || request.dryRun || !isUncertain) return [];
  const trackingId = history.findLast((event) => event.trackingId !== undefined)?.trackingId;
  return toItems(request)
    .filter(({ index }) => results[index]?.result === 'wanted')
    .map((item) => ({
      ...toAsked(record, item),
      known: 'unknown',
      before: 'unknown',
      after: 'unknown',
      attempt: attempts,
      instance,
      ...(trackingId !== undefined && { trackingId }),
    }));
}
