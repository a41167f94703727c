import { createHash } from 'node:crypto';
import pMap from 'p-map';
import type { Log } from '../platform/log.ts';
import type { HrEvent } from './hr-event.ts';
import type { HrEventRecord, HrEvents, HrWorkQueue } from './hr-events.ts';

interface Deps {
  readonly events: Pick<HrEvents, 'add'>;
  readonly workQueue: Pick<HrWorkQueue, 'send'>;
}

const SENDS_AT_ONCE = 32;
/** An event whose work message was lost is checked again after this. */
const CHECK_AFTER_MS = 5 * 60_000;

/**
 * Stores events and sends a work message for each. Done twice, it does the same. Returns them as they are recorded: of an id
 * that came before, what came first.
 * `timedBy` is `storage` where storage's clock says when they were received, in place of `receivedAt`.
 */
export function createKeepHrEvents({ events, workQueue }: Deps) {
  return async (
    received: readonly HrEvent[],
    key: string,
    receivedAt: Date,
    log: Log,
    timedBy?: 'storage',
  ): Promise<readonly HrEvent[]> => {
    const records = new Map(received.map((event) => [toEventKey(event), toRecord(event, key, receivedAt)]));
    const added = await events.add([...records.values()], timedBy);
    // One that was there already, and is still accepted, may have lost its work message.
    const toSend = added.filter(({ record }) => record.state === 'accepted');
    await pMap(toSend, ({ record }) => workQueue.send({ eventKey: record.eventKey }), {
      concurrency: SENDS_AT_ONCE,
    });
    for (const { added: isNew, record } of added) {
      const { eventKey, event, state, detail } = record;
      if (isNew) log.info('hr-event', { eventKey, kind: event.kind, to: state, ...(detail && { detail }) });
    }
    const recorded = new Map(added.map(({ record: { eventKey, event } }) => [eventKey, event]));
    return received.map((event) => recorded.get(toEventKey(event)) ?? event);
  };
}

/** The same for the same event, however often it is sent. */
export const toEventKey = ({ source, eventId }: Pick<HrEvent, 'source' | 'eventId'>): string =>
  `${source}-${createHash('sha256').update(`${source}\n${eventId}`).digest('hex').slice(0, 24)}`;

function toRecord(event: HrEvent, key: string, now: Date): HrEventRecord {
  const isIgnored = event.kind === 'ignored';
  const isOver = isIgnored || event.failure !== undefined;
  return {
    eventKey: toEventKey(event),
    state: isIgnored ? 'ignored' : isOver ? 'failed' : 'accepted',
    // The attributes of an event that is ignored or has failed are never used.
    event: isOver ? { ...event, attributes: {} } : event,
    key,
    detail: isIgnored ? toIgnored(event) : (event.failure ?? ''),
    requestIds: [],
    looks: 0,
    receivedAt: now,
    updatedAt: now,
    ...(!isOver && { lookAt: new Date(now.getTime() + CHECK_AFTER_MS) }),
  };
}

export const toIgnored = ({ type, ignoredBecause }: HrEvent): string =>
  ignoredBecause ?? `${type} says nothing about licenses`;
