import type { Change } from '../audit/change.ts';
import { toAsked } from './audited-change.ts';
import { toItems } from './record/items.ts';
import type { Mover, RequestRecord } from './record/record.ts';

/**
 * The changes that an interrupted attempt may have made at Webex, for a request that ends without a further attempt.
 * @param record before it ends
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
