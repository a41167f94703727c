import { createHash } from 'node:crypto';
import * as z from 'zod';
import { hrEventSchema } from '../contract/hr-event.ts';
import { licenseRequestSchema } from '../contract/license-request.ts';
import { TABLES } from '../contract/names.ts';
import type { Employee, Employees } from '../hr/employee.ts';
import { HR_EVENT_STATES, type HrEventRecord, type HrEvents } from '../hr/hr-events.ts';
import type { StorageClients } from './clients.ts';
import { DUE, toDueMark, toEndedMark, toMarkEnd, toStateMark, toStateName } from './due.ts';
import { listByState } from './list-by-state.ts';
import { createPurge, markAgain, toEndedRange } from './purge.ts';
import { SHARDS, toShard } from './shard.ts';
import { createTableRecords } from './table-records.ts';
import { toTimeOfEtag, toWrittenAt } from './table-rows.ts';
import { fromPieces, toPieces } from './text-pieces.ts';

const date = z.coerce.date();

const eventRowSchema = z.looseObject({
  rowKey: z.string(),
  state: z.enum(HR_EVENT_STATES),
  receivedAt: date,
  updatedAt: date,
  lookAt: date.exactOptional(),
  /** Set until the row is written again: it was received when storage wrote it, whatever `receivedAt` says. */
  isTimedByStorage: z.boolean().exactOptional(),
  etag: z.string(),
});
const eventRestSchema = z.object({
  event: hrEventSchema,
  key: z.string().exactOptional(),
  detail: z.string(),
  requestIds: z.array(z.string()),
  looks: z.number(),
});

/** Sorts after all there is. */
const END = '9';

const toLocation = (key: string) => ({ partitionKey: toShard(key), rowKey: key });

/** An event as it is written. */
interface EventRow extends HrEventRecord {
  readonly isTimedByStorage?: boolean;
}

/** @param retentionMs for how long an event is kept once it has ended */
export function createTableHrEvents(storage: StorageClients, retentionMs: number): HrEvents {
  const records = createTableRecords<EventRow>(storage, {
    table: TABLES.hrEvents,
    name: 'hr-events',
    locate: ({ eventKey }) => toLocation(eventKey),
    toColumns({ state, receivedAt, updatedAt, lookAt, isTimedByStorage, ...rest }) {
      const { event, key, detail, requestIds, looks } = rest;
      return {
        state,
        receivedAt,
        updatedAt,
        ...(lookAt && { lookAt }),
        ...(isTimedByStorage && { isTimedByStorage }),
        ...toPieces('record', JSON.stringify({ event, key, detail, requestIds, looks })),
      };
    },
    fromRow(row) {
      const { rowKey: eventKey, state, updatedAt, lookAt, ...more } = eventRowSchema.parse(row);
      const rest = eventRestSchema.parse(JSON.parse(fromPieces('record', more) ?? ''));
      const writtenAt = more.isTimedByStorage ? toTimeOfEtag(more.etag) : undefined;
      const receivedAt = writtenAt ?? more.receivedAt;
      return { eventKey, state, receivedAt, updatedAt, ...(lookAt && { lookAt }), ...rest };
    },
    marks: ({ state, lookAt, updatedAt }) => {
      const ended = lookAt ? [toDueMark(lookAt)] : [toEndedMark(updatedAt)];
      return state === 'failed' ? [...ended, toStateMark(state, updatedAt)] : ended;
    },
  });
  return {
    async add(received, timedBy) {
      if (timedBy === undefined) return records.add(received);
      const added = await records.add(received.map((record) => ({ ...record, isTimedByStorage: true })));
      return added.map(({ added: isNew, entry: { isTimedByStorage: _once, ...entry } }) => {
        const receivedAt = (isNew ? toWrittenAt(entry) : undefined) ?? entry.receivedAt;
        return { added: isNew, entry: { ...entry, receivedAt } };
      });
    },
    read: (eventKey) => records.read(toLocation(eventKey)),
    replace: async (record) => (await records.commit([record])) !== undefined,
    async due(at, limit, next) {
      const range = { mark: DUE, partitionKeys: SHARDS, before: toMarkEnd(at) };
      const due = await records.marked(range, limit, next);
      const hasEnded = ({ lookAt }: HrEventRecord) => lookAt === undefined;
      await markAgain(records, due.records.filter(hasEnded));
      const events = due.records.filter((record) => !hasEnded(record));
      return { events, unreadable: due.unreadable, next: due.next };
    },
    purge: createPurge<EventRow>({
      records,
      toRange: toEndedRange(SHARDS, retentionMs),
      remove: records.remove,
    }),
    async list(state, limit, next) {
      const filter = `state eq '${state}'`;
      // Open events have a due mark each; of those that ended, people look for what failed.
      const isOpen = state === 'accepted' || state === 'needs-identity';
      const listing = {
        range: { mark: isOpen ? DUE : toStateName(state), partitionKeys: SHARDS, before: END },
        fits: (record: HrEventRecord) => record.state === state,
        unmarked: isOpen ? undefined : filter,
      };
      const page =
        isOpen || state === 'failed'
          ? await listByState(records, listing, limit, next)
          : await records.page(filter, limit, next);
      return { events: page.records, unreadable: page.unreadable, next: page.next };
    },
  };
}

const licenseItem = licenseRequestSchema.shape.licenses.unwrap().element.shape;
const grant = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('license'),
    license: licenseItem.license,
    properties: licenseItem.properties.unwrap().exactOptional(),
  }),
  z.object({ kind: z.literal('site'), siteUrl: z.string() }),
]);
const employeeSchema = z.object({
  source: z.string(),
  employeeId: z.string(),
  email: z.string().exactOptional(),
  attributes: z.record(z.string(), z.string()),
  grants: z.array(grant),
  last: z.object({ at: date, kind: hrEventSchema.shape.kind }).exactOptional(),
  pending: z.array(z.object({ eventKey: z.string(), at: date, event: hrEventSchema })),
  reclaims: z.array(z.object({ at: date, grants: z.array(grant) })),
  scheduled: z.array(z.object({ requestId: z.string(), at: date })),
  withdrawnAt: date.exactOptional(),
  eventKeys: z.array(z.string()),
  orders: z
    .object({
      eventKey: z.string(),
      key: z.string().exactOptional(),
      askedAt: date.exactOptional(),
      requests: z.array(z.object({ requestId: z.string(), request: licenseRequestSchema })),
      replaces: z.array(z.string()),
    })
    .exactOptional(),
  revision: z.number(),
});

const employeeRowSchema = z.looseObject({});

/** HR's ids may hold what a table's keys must not. */
const toEmployeeKey = (source: string, employeeId: string) =>
  createHash('sha256').update(`${source}\n${employeeId}`).digest('hex').slice(0, 40);

export function createTableEmployees(storage: StorageClients): Employees {
  const records = createTableRecords<Employee>(storage, {
    table: TABLES.employees,
    name: 'employees',
    locate: ({ source, employeeId }) => toLocation(toEmployeeKey(source, employeeId)),
    toColumns: (employee) => ({
      source: employee.source,
      ...toPieces('employee', JSON.stringify(employeeSchema.parse(employee))),
    }),
    fromRow: (row) =>
      employeeSchema.parse(JSON.parse(fromPieces('employee', employeeRowSchema.parse(row)) ?? '')),
  });
  return {
    read: (source, employeeId) => records.read(toLocation(toEmployeeKey(source, employeeId))),
    async write({ version, ...employee }) {
      if (version !== undefined) return (await records.commit([{ ...employee, version }]))?.[0];
      const [done] = await records.add([employee]);
      return done?.added ? done.entry : undefined;
    },
  };
}
