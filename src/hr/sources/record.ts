import type { HrKind } from '../hr-event.ts';
import { type RawEmployment, readEmployment, toMeaning, toUnreadableDate } from './employment.ts';
import type { Draft, Received } from './shape.ts';

/** What an event means that brings the whole employment: see `toMeaning`. */
export function toRecordMeaning(
  kind: HrKind,
  raw: RawEmployment,
  occurredAt: string | undefined,
  { source, receivedAt }: Received,
): Pick<Draft, 'kind' | 'effective' | 'employment' | 'failure'> {
  if (kind === 'ignored' || kind === 'deleted') return { kind };
  const employment = readEmployment(raw, source.dates);
  if (typeof employment === 'string') return { kind, failure: toUnreadableDate(employment) };
  const saidAt = occurredAt === undefined ? receivedAt : new Date(occurredAt);
  return { ...toMeaning(kind, employment, { saidAt, timeZone: source.timeZone }), employment };
}
