import type { Log } from '../platform/log.ts';
import type { HrEvents, StoredHrEvent } from './hr-events.ts';
import { hrWorkMessageSchema } from './queue-message.ts';

/** What a message of the queue `hr-events` stands for. */
export interface HrMessage {
  readonly events: readonly StoredHrEvent[];
  /** People whose time has come. */
  readonly personKeys: readonly string[];
  /** People whom a new policy may concern. */
  readonly reevaluate: readonly string[];
  /** License requests that ended. */
  readonly requestIds: readonly string[];
}

/** Reads a message and the stored events that it names. */
export async function openHrMessage(
  events: Pick<HrEvents, 'read'>,
  received: unknown,
  log: Log,
): Promise<HrMessage> {
  const message = hrWorkMessageSchema.safeParse(received);
  if (!message.success) {
    log.warn('hr-message-unknown');
    return { events: [], personKeys: [], reevaluate: [], requestIds: [] };
  }
  const { eventKeys, personKeys, reevaluate, requestIds } = message.data;
  const records = await Promise.all(eventKeys.map(events.read));
  const known = records.filter((record) => record !== undefined);
  if (known.length < records.length) log.warn('hr-message-unknown');
  return { events: known, personKeys, reevaluate, requestIds };
}
