import { createHash } from 'node:crypto';
import * as z from 'zod';
import { type Employee, type Employees, employeeSchema } from '../../hr/employee.ts';
import {
  fitsFilter,
  type HrEventFilter,
  type HrEventRecord,
  type HrEvents,
  hrEventRecordSchema,
  toEmployeeId,
} from '../../hr/hr-events.ts';
import { type Immutable, stored } from '../../platform/stored.ts';
import { VERSION_CONFLICT } from '../../platform/version-conflict.ts';
import type { StorageClients } from '../clients.ts';
import { TABLES } from '../names.ts';
import {
  DUE,
  ENDED,
  toDueKey,
  toDueRange,
  toEndedKey,
  toEndedRange,
  toNewestFirstKey,
  toNewestFirstRange,
  toRangeBetween,
  toStateKey,
  toStateName,
  toWholeRange,
} from './due-index.ts';
import { listByRanges } from './list-by-ranges.ts';
import { listByState } from './list-by-state.ts';
import { createPurge, indexAgain } from './purge.ts';
import { createTableRecords } from './records.ts';
import { createLayout } from './row-layout.ts';
import { toText, toTimeOfEtag, toWrittenAt } from './rows.ts';
import { toShard } from './shard.ts';

const toLocation = (key: string) => ({ partitionKey: toShard(key), rowKey: key });

/** An event in its stored form. */
const eventRowSchema = stored({
  ...hrEventRecordSchema.shape,
  /** Set until the second write of the row: the event was received when storage wrote it, not at `receivedAt`. */
  isTimedByStorage: z.boolean().exactOptional(),
});
type EventRow = Immutable<z.output<typeof eventRowSchema>>;

const eventLayout = createLayout<EventRow>({
  schema: eventRowSchema,
  key: { name: 'eventKey', fromRowKey: (rowKey) => rowKey },
  columns: ['state', 'receivedAt', 'updatedAt', 'lookAt', 'isTimedByStorage'],
  json: 'record',
});

const EMPLOYEE = 'employee';
/** The name of the index keys of the events of an employee. */
const toEmployeeName = (source: string, employeeId: string) =>
  `${EMPLOYEE}.${toEmployeeKey(source, employeeId).slice(0, 24)}`;

/** @param retentionMs of an event since it ended */
export function createTableHrEvents(storage: StorageClients, retentionMs: number): HrEvents {
  const records = createTableRecords<EventRow>(storage, {
    table: TABLES.hrEvents,
    name: 'hr-events',
    locate: ({ eventKey }) => toLocation(eventKey),
    layout: {
      ...eventLayout,
      fromRow(row) {
        const { isTimedByStorage, ...record } = eventLayout.fromRow(row);
        const writtenAt = isTimedByStorage ? toTimeOfEtag(String(row.etag)) : undefined;
        return { ...record, receivedAt: writtenAt ?? record.receivedAt };
      },
    },
    index: {
      toKeys({ state, lookAt, updatedAt, receivedAt, event }, current) {
        const ofEmployee = toEmployeeName(event.source, toEmployeeId(event));
        // The time of the receipt changes with the second write, and the key stays.
        const known = current.find((key) => key.startsWith(`${ofEmployee}.`));
        const keys = [
          lookAt ? toDueKey(lookAt) : toEndedKey(updatedAt),
          known ?? toNewestFirstKey(ofEmployee, receivedAt),
        ];
        return state === 'failed' ? [...keys, toStateKey(state, updatedAt)] : keys;
      },
      names: [DUE, ENDED, EMPLOYEE, toStateName('failed')],
    },
  });
  return {
    async add(received, timedBy) {
      if (timedBy === undefined) return records.add(received);
      const added = await records.add(received.map((record) => ({ ...record, isTimedByStorage: true })));
      return added.map(({ added: isNew, record: { isTimedByStorage: _once, ...record } }) => {
        const receivedAt = (isNew ? toWrittenAt(record) : undefined) ?? record.receivedAt;
        return { added: isNew, record: { ...record, receivedAt } };
      });
    },
    read: (eventKey) => records.read(toLocation(eventKey)),
    replace: records.replace,
    async due(at, limit, next) {
      const due = await records.pageByIndex(toDueRange(at), limit, next);
      const hasEnded = ({ lookAt }: HrEventRecord) => lookAt === undefined;
      await indexAgain(records, due.records.filter(hasEnded));
      const events = due.records.filter((record) => !hasEnded(record));
      return { events, unreadable: due.unreadable, next: due.next };
    },
    purge: createPurge<EventRow>({
      records,
      toRange: toEndedRange(retentionMs),
      remove: records.remove,
    }),
    remove: records.remove,
    async list(filter, limit, next) {
      const page = await readPage(filter, limit, next);
      return { events: page.records, unreadable: page.unreadable, next: page.next };
    },
  };

  function readPage(filter: HrEventFilter, limit: number, next: string | undefined) {
    const { state, source, employeeId, since, until } = filter;
    const fits = (record: HrEventRecord) => fitsFilter(filter, record);
    if (employeeId !== undefined) {
      const range = toNewestFirstRange(toEmployeeName(source ?? '', employeeId));
      return listByRanges(records, [range], fits, limit, next);
    }
    // Each open event is in the due index; of the ended events, only the failed ones are in the index of a state.
    const isOpen = state === 'accepted' || state === 'needs-identity';
    if (state !== undefined && (isOpen || (state === 'failed' && !since && !until))) {
      const range = toWholeRange(isOpen ? DUE : toStateName(state));
      const scanFilter = isOpen ? undefined : `state eq '${state}'`;
      return listByState(records, { range, fits, scanFilter }, limit, next);
    }
    // Version 0.1.0 wrote no time of the end, so that a list without a time scans the whole table.
    if (state !== undefined && !since && !until)
      return records.page(`state eq '${state}'`, limit, next).then((page) => ({
        ...page,
        records: page.records.filter(fits),
      }));
    const ended = toRangeBetween(state === 'failed' ? toStateName(state) : ENDED, since, until);
    return listByRanges(records, state ? [ended] : [ended, toWholeRange(DUE)], fits, limit, next);
  }
}

/** A hash: ids of HR systems may have characters that a row key must not have. */
const toEmployeeKey = (source: string, employeeId: string) =>
  createHash('sha256').update(`${source}\n${employeeId}`).digest('hex').slice(0, 40);

export function createTableEmployees(storage: StorageClients): Employees {
  const records = createTableRecords<Employee>(storage, {
    table: TABLES.employees,
    name: 'employees',
    locate: ({ source, employeeId }) => toLocation(toEmployeeKey(source, employeeId)),
    layout: createLayout({
      schema: employeeSchema,
      json: 'employee',
      derived: { source: ({ source }) => source },
    }),
  });
  return {
    read: (source, employeeId) => records.read(toLocation(toEmployeeKey(source, employeeId))),
    async write({ version, ...employee }) {
      if (version !== undefined) return records.replace({ ...employee, version });
      const [done] = await records.add([employee]);
      return done?.added ? done.record : VERSION_CONFLICT;
    },
    remove: records.removeUnindexed,
    async page(source, limit, next) {
      // A page of the whole table: a list of employees is to have all of them.
      const found = await records.page(
        source === undefined ? "source ge ''" : `source eq ${toText(source)}`,
        limit,
        next,
      );
      return { employees: found.records, unreadable: found.unreadable, next: found.next };
    },
  };
}
