import type { Origin } from '../../http/origin.ts';
import { type Mover, moveRequest, type RequestRecord } from './record.ts';
import { isLegal } from './states.ts';

/** Whether somebody may have it tried again: a message that could not be read must be sent anew. */
export const isRedrivable = ({ state, request }: RequestRecord): boolean =>
  request !== undefined && (state === 'failed' || state === 'partial') && isLegal(state, 'queued');

/** What is wrong with the request itself: as long as it is the same, Webex or the app refuses it. */
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

/** Whether it may end better when it is tried again: not where only another request can. */
export const isWorthRedriving = (record: RequestRecord): boolean =>
  isRedrivable(record) &&
  record.results.some(({ result, condition = '' }) => result === 'failed' && !OF_THE_REQUEST.has(condition));

/** A dead letter as it is tried again: what failed is wanted once more, and it has its whole time again. */
export function redriveRecord<T extends RequestRecord>(record: T, mover: Mover, by: Origin): T {
  return moveRequest(
    record,
    'queued',
    mover,
    {
      fencingToken: record.fencingToken + 1,
      attempts: 0,
      personChecks: 0,
      // The address may mean another person since.
      personId: undefined,
      waitedMs: {},
      redrivenAt: mover.at,
      redrivenBy: by,
      results: record.results.map((result) => (result.result === 'failed' ? { result: 'wanted' } : result)),
    },
    { detail: 'redriven by a person', by },
  );
}
