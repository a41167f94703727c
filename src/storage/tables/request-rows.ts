import { createHash } from 'node:crypto';
import * as z from 'zod';
import { type Person, personSchema } from '../../requests/record/person.ts';
import {
  type RequestRecord,
  requestRecordSchema,
  toDueAt,
  toSeatSince,
} from '../../requests/record/record.ts';
import { isOpen, type State } from '../../requests/record/states.ts';
import { TABLES } from '../names.ts';
import { DUE, ENDED, isDueKey, toDueKey, toEndedKey, toStateKey, toStateName } from './due-index.ts';
import { createLayout, type Layout } from './row-layout.ts';
import { type Location, type Shape, toTimeOfEtag } from './rows.ts';
import { toShard } from './shard.ts';
import { MAX_ROWS_PER_TRANSACTION } from './transactions.ts';

/** Between the key of a person and the id of a request, in a row's key. */
const ENTRY = '.r.';

/** A row of the table `requests`: a person, or a request of theirs. The rows of a person lie together. */
export type RequestRow = RequestRecord | Person;

export const isRequest = <R extends RequestRow>(row: R): row is Extract<R, { requestId: string }> =>
  'requestId' in row;

export const toRequestLocation = (personKey: string, requestId: string): Location => ({
  partitionKey: toShard(personKey),
  rowKey: `${personKey}${ENTRY}${requestId}`,
});

export const toPersonLocation = (personKey: string): Location => ({
  partitionKey: toShard(personKey),
  rowKey: `${personKey}.p`,
});

export const locate = (row: RequestRow): Location =>
  isRequest(row) ? toRequestLocation(row.personKey, row.requestId) : toPersonLocation(row.personKey);

const SEAT = 'seat';

/** The mark of requests that wait for seats of a license. */
export const toSeatKey = (licenseId: string): string =>
  `${SEAT}.${createHash('sha256').update(licenseId).digest('hex').slice(0, 16)}`;

/**
 * How many of the licenses that a request waits for wake it when they have seats: each is a row of its own. A request
 * that is woken looks for all of its licenses.
 */
const toMaxSeatKeys = ({ results }: RequestRecord): number => Math.min(2 * results.length, 6);

/** Of a transaction, less the row of the person and its marks before and after. */
const MAX_ROWS_OF_REQUESTS = MAX_ROWS_PER_TRANSACTION - 4;
/** The request, its marks before and after, and those of the seats that it may wait for. */
const countRows = (record: RequestRecord): number => 3 + toMaxSeatKeys(record);

export const fitTogether = (records: readonly RequestRecord[]): boolean =>
  records.reduce((rows, record) => rows + countRows(record), 0) <= MAX_ROWS_OF_REQUESTS;

const DAY_MS = 86_400_000;

/** As late as this, the sweep may find out that whoever worked on a request has died. */
const LATE_MS = 2 * 60_000;

/**
 * An open request is found by when it is due, and everything else by since when it has ended: what must be looked at is
 * never behind what is to be removed, and another retention changes no row.
 * @param before the marks that the row has: while it is worked on it keeps them, where they do as well as new ones
 */
function toIndexKeys(row: RequestRow, before: readonly string[]): readonly string[] {
  if (!isRequest(row)) return [toEndedKey(toUnusedSince(row))];
  const dueAt = toDueAt(row);
  const ended = toEndedKey(row.updatedAt);
  if (isListedByState(row.state)) return [ended, toStateKey(row.state, row.updatedAt)];
  if (dueAt === undefined) return [ended];
  const late = toDueKey(new Date(row.updatedAt.getTime() + LATE_MS));
  const kept = before.filter((mark) => isDueKey(mark) && mark <= late);
  if (row.state === 'working' && kept.length > 0) return kept;
  const since = toSeatSince(row).toISOString();
  const seats = row.waiting?.licenseIds?.map((id) => `${toSeatKey(id)}.${since}`) ?? [];
  return [toDueKey(dueAt), ...[...new Set(seats)].slice(0, toMaxSeatKeys(row))];
}

/** Final states that people look for, and that few of many requests are in. */
const LISTED_BY_STATE: readonly State[] = ['failed', 'partial'];
export const isListedByState = (state: State): boolean => LISTED_BY_STATE.includes(state);

/** By the day: a person who is worked on often is not marked again each time. */
const toUnusedSince = ({ updatedAt }: Person) => new Date(Math.ceil(updatedAt.getTime() / DAY_MS) * DAY_MS);

/** Whether a row is kept for the record only: a person is nothing to be looked at. */
export const hasEnded = (row: RequestRow): boolean => !isRequest(row) || !isOpen(row.state);

const requestLayout = createLayout<RequestRecord>({
  schema: requestRecordSchema,
  key: { name: 'requestId', fromRowKey: (rowKey) => rowKey.slice(rowKey.indexOf(ENTRY) + ENTRY.length) },
  columns: ['state', 'acceptedAt', 'updatedAt'],
  texts: ['original'],
  json: 'entry',
  storedNames: { fencingToken: 'delivery', personChecks: 'personLooks', failingSince: 'troubledSince' },
  derived: {
    isOpen: ({ state }) => (isOpen(state) ? true : undefined),
    source: ({ request }) => request?.source,
  },
});

const personLayout = createLayout<Person>({
  schema: personSchema,
  json: 'person',
  storedNames: { holder: 'turn' },
  derived: { isTimedByStorage: () => true },
});

const rowSchema = z.looseObject({ etag: z.string() });

/** What is looked for in columns of its own, the rest as JSON. */
const layout: Layout<RequestRow> = {
  toColumns: (row) => (isRequest(row) ? requestLayout.toColumns(row) : personLayout.toColumns(row)),

  fromRow(columns) {
    const { etag, ...row } = rowSchema.parse(columns);
    const writtenAt = toTimeOfEtag(etag);
    if (row.person !== undefined) {
      const person = personLayout.fromRow(row);
      return row.isTimedByStorage ? person : { ...person, newest: toPast(person.newest, writtenAt) };
    }
    const record = requestLayout.fromRow(row);
    return { ...record, acceptedAt: toEarlier(record.acceptedAt, writtenAt) };
  },

  isOwn: (column) => requestLayout.isOwn(column) || personLayout.isOwn(column),
};

export const requestShape: Shape<RequestRow> = {
  table: TABLES.requests,
  name: 'requests',
  locate,
  layout,
  marks: { of: toIndexKeys, names: [DUE, ENDED, SEAT, ...LISTED_BY_STATE.map(toStateName)] },
};

/**
 * Version 0.1.0 timed requests by the clock of an instance, which may have been ahead: then they would overrule what
 * came after them. None was accepted or settled later than its row was written.
 */
const toEarlier = (at: Date, writtenAt: Date | undefined): Date =>
  writtenAt !== undefined && writtenAt < at ? writtenAt : at;

const toPast = (newest: Person['newest'], writtenAt: Date | undefined): Person['newest'] =>
  Object.fromEntries(
    Object.entries(newest).map(([key, asked]) => [key, { ...asked, at: toEarlier(asked.at, writtenAt) }]),
  );
