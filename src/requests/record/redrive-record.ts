import type { Caller } from '../../http/caller.ts';
import { type Mover, moveRequest, type RequestRecord } from './record.ts';
import { isLegal } from './states.ts';

/** Whether a request can be redriven. A message that could not be read must be submitted again instead. */
export const isRedrivable = ({ state, request }: RequestRecord): boolean =>
  request !== undefined && (state === 'failed' || state === 'partial') && isLegal(state, 'queued');

/** Conditions of the request itself: the same request would be refused again. */
const OF_THE_REQUEST = new Set([
  'account-type-not-attendee',
  'calling-location-missing',
  'calling-properties-missing',
  'calling-removal-not-allowed',
  'extension-not-digits',
  'implicit-license',
  'license-named-twice',
  'license-of-another-organization',
  'messenger-not-managed',
  'phone-number-not-e164',
  // Another item of the same request is the reason.
  'removal-withheld',
]);

/** Whether a redrive may succeed: not where only a corrected request can. */
export const isWorthRedriving = (record: RequestRecord): boolean =>
  isRedrivable(record) &&
  record.results.some(({ result, condition = '' }) => result === 'failed' && !OF_THE_REQUEST.has(condition));

/** A redriven dead letter: its failed items are open again, and its retry horizon starts again. */
export function redriveRecord<T extends RequestRecord>(record: T, mover: Mover, by: Caller): T {
  return moveRequest(
    record,
    'queued',
    mover,
    {
      fencingToken: record.fencingToken + 1,
      attempts: 0,
      personChecks: 0,
      // The address may belong to another person now.
      personId: undefined,
      waitedMs: {},
      redrivenAt: mover.at,
      redrivenBy: by,
      results: record.results.map((result) => (result.result === 'failed' ? { result: 'wanted' } : result)),
    },
    { detail: 'redriven by a person', by },
  );
}
