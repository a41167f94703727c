import * as z from 'zod';
import { callerSchema } from '../../http/caller.ts';
import { type Immutable, keepUnknown, stored } from '../../platform/stored.ts';
import { FINAL_STATES, OPEN_STATES } from './states.ts';

const date = z.coerce.date();

/** A transition of a request. */
export const historyEventSchema = stored({
  at: date,
  state: z.enum([...OPEN_STATES, ...FINAL_STATES]),
  instance: z.string(),
  attempt: z.number(),
  detail: z.string().exactOptional(),
  /** The answer of Webex, where the attempt had one. */
  status: z.number().exactOptional(),
  codes: z.array(z.number()).exactOptional(),
  trackingId: z.string().exactOptional(),
  /** The caller, for a redrive or a cancellation. */
  by: callerSchema.exactOptional(),
  /** How often the request began to wait for the same reason in a row, and when last; absent after the first time. */
  count: z.number().exactOptional(),
  lastAt: date.exactOptional(),
});
export type HistoryEvent = Immutable<z.output<typeof historyEventSchema>>;

const FIRST_EVENTS_KEPT = 5;
const LAST_EVENTS_KEPT = 55;

/**
 * The history with a further event. Repeated waits for the same reason are one event with a count, without the checks
 * in between. A long history keeps its first and its latest events.
 */
export function addToHistory(history: readonly HistoryEvent[], event: HistoryEvent): readonly HistoryEvent[] {
  const events = appendEvent(history, event);
  if (events.length <= FIRST_EVENTS_KEPT + LAST_EVENTS_KEPT) return events;
  return [...events.slice(0, FIRST_EVENTS_KEPT), ...events.slice(-LAST_EVENTS_KEPT)];
}

function appendEvent(history: readonly HistoryEvent[], event: HistoryEvent): readonly HistoryEvent[] {
  const index = history.findLastIndex(({ state }) => state !== 'queued' && state !== 'working');
  const before = history[index];
  const checks = history.slice(index + 1);
  const isSame =
    event.state === 'waiting' &&
    before?.state === 'waiting' &&
    before.detail === event.detail &&
    before.attempt === event.attempt &&
    checks.every(({ by }) => by === undefined);
  if (!isSame) return [...history, event];
  const { at, count = 1 } = before;
  const repeated = { ...event, at, count: count + 1, lastAt: event.at };
  return [...history.slice(0, index), keepUnknown(historyEventSchema, before, repeated)];
}
