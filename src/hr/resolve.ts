import type { HrEvent } from './hr-event.ts';
import {
  type Employment,
  findImpossible,
  type Moment,
  type RawEmployment,
  readEmployment,
  toMeaning,
  toUnreadableDate,
} from './sources/employment.ts';
import { toAttributes, toEmail, toNotes } from './sources/shape.ts';
import type { Source } from './sources/sources.ts';

/** What an HR system tells of an employee when it is asked: absent members are not told, null is none. */
export interface HrProfile extends RawEmployment {
  readonly email?: unknown;
  readonly attributes: Readonly<Record<string, unknown>>;
}

/** Asks the HR system itself; undefined where the source has no such system, or it does not know the employee. */
export type AskHr = (source: Source, employeeId: string) => Promise<HrProfile | undefined>;

/**
 * The event with whom it is about and what it means by now. Without `email`, no address is known that can be used. With
 * `failure`, it cannot be acted on.
 */
export type ResolveEmployee = (
  source: Source,
  event: HrEvent,
  known: { readonly email?: string | undefined } | undefined,
  receivedAt: Date,
) => Promise<HrEvent>;

/**
 * By the event's own address, the HR system, or the directory. A thin event that says no more than "updated" becomes
 * what HR says of the employee now.
 */
export function createResolveEmployee(askHr: AskHr): ResolveEmployee {
  return async (...asked) => {
    const event = await resolve(...asked);
    const failure = event.failure ?? findImpossible(event);
    return { ...event, ...(failure !== undefined && { failure }) };
  };

  async function resolve(
    ...[source, event, known, receivedAt]: Parameters<ResolveEmployee>
  ): Promise<HrEvent> {
    const { email: own, employeeId, timeZone = source.timeZone, occurredAt } = event;
    const moment = { saidAt: occurredAt === undefined ? receivedAt : new Date(occurredAt), timeZone };
    // Of a deleted record there is nothing to ask.
    const isAsked = own === undefined && event.kind !== 'deleted';
    const profile = isAsked && employeeId ? await askHr(source, employeeId) : undefined;
    const asked = profile ? toEmail(profile.email) : {};
    const email = own ?? asked.email ?? known?.email;
    const told: HrEvent = {
      ...event,
      ...(email && { email }),
      ...toNotes(event.notes, asked.notes),
    };
    if (!profile) return told;
    const employment = readEmployment(profile, source.dates);
    if (typeof employment === 'string') return { ...told, failure: toUnreadableDate(employment) };
    const { attributes, notes } = toAttributes(profile.attributes);
    const full = {
      ...told,
      ...toNotes(told.notes, notes),
      attributes: { ...attributes, ...event.attributes },
    };
    if (event.kind === 'mover') return { ...full, ...toMeant('mover', employment, moment), employment };
    const day = event.kind === 'leaver' ? employment.endsOn : employment.startsOn;
    return event.effective === undefined && day ? { ...full, effective: day } : full;
  }
}

const toMeant = (kind: HrEvent['kind'], employment: Employment, moment: Moment) => {
  const { kind: meant, effective } = toMeaning(kind, employment, moment);
  return { kind: meant, ...(effective !== undefined && { effective }) };
};
