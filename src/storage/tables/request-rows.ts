import * as z from 'zod';
import { sha256 } from '../../platform/sha256.ts';
import { toDueAt, toSeatSince } from '../../requests/record/due.ts';
import { isHeld } from '../../requests/record/item-result.ts';
import { type Person, personSchema } from '../../requests/record/person.ts';
import { type RequestRecord, requestRecordSchema } from '../../requests/record/record.ts';
import { isOpen, type State } from '../../requests/record/states.ts';
import { TABLES } from '../names.ts';
import { DUE, ENDED, isDueKey, toDueKey, toEndedKey, toStateKey, toStateName } from './due-index.ts';
import { createLayout, type Layout } from './row-layout.ts';
import { type Location, type Shape, toTimeOfEtag } from './rows.ts';
import { toShard } from './shard.ts';
import { MAX_ROWS_PER_TRANSACTION } from './transactions.ts';

/** Between the person key and the request id, in a row key. */
const REQUEST = '.r.';

/** A row of the table `requests`: a person or one of the person's requests. Both share a partition. */
export type RequestRow = RequestRecord | Person;

export const isRequest = <R extends RequestRow>(row: R): row is Extract<R, { requestId: string }> =>
  'requestId' in row;

export const toRequestLocation = (personKey: string, requestId: string): Location => ({
  partitionKey: toShard(personKey),
  rowKey: `${personKey}${REQUEST}${requestId}`,
});

export const toPersonLocation = (personKey: string): Location => ({
  partitionKey: toShard(personKey),
  rowKey: `${personKey}.p`,
});

export const locate = (row: RequestRow): Location =>
  isRequest(row) ? toRequestLocation(row.personKey, row.requestId) : toPersonLocation(row.personKey);

const SEAT = 'seat';

/** The name of the index keys of requests that wait for seats of a license. */
export const toSeatName = (licenseId: string): string => `${SEAT}.${sha256(licenseId).slice(0, 16)}`;

const BATCH = 'batch';

/** The name of the index keys of the requests of a batch. */
export const toBatchName = (batch: string): string => `${BATCH}.${sha256(batch).slice(0, 16)}`;

const toBatchKeys = ({ request, acceptedAt }: RequestRecord): readonly string[] =>
  request?.batch === undefined ? [] : [`${toBatchName(request.batch)}.${acceptedAt.toISOString()}`];

const HELD = 'held';

/** The name of the index keys of requests that are held under a cause. */
export const toHeldName = (cause: string): string => `${HELD}.${sha256(cause).slice(0, 16)}`;

/** One key for all held items of a request: they are held under one cause. */
function toHeldKeys({ results }: RequestRecord): readonly string[] {
  const held = results.find(isHeld);
  const { cause, heldSince } = held ?? {};
  return cause === undefined || heldSince === undefined
    ? []
    : [`${toHeldName(cause)}.${heldSince.toISOString()}`];
}

/**
 * The limit of index rows for the licenses that a request waits for: a free seat of any of these wakes the request,
 * which then tries all of its licenses.
 */
const toMaxSeatKeys = ({ results }: RequestRecord): number => Math.min(2 * results.length, 6);

/** The rows of a transaction without the row of the person and its index rows before and after. */
const MAX_ROWS_OF_REQUESTS = MAX_ROWS_PER_TRANSACTION - 4;
/** The request, its index rows before and after, and those of the seats. */
const countRows = (record: RequestRecord): number => 3 + toMaxSeatKeys(record);

export const fitTogether = (records: readonly RequestRecord[]): boolean =>
  records.reduce((rows, record) => rows + countRows(record), 0) <= MAX_ROWS_OF_REQUESTS;

const DAY_MS = 86_400_000;

/** The sweep may notice a crashed worker this much later. */
const LATE_MS = 2 * 60_000;

/**
 * The index keys of an open request say when it is due, those of other rows when they ended: due work is never behind
 * housekeeping, and a changed retention changes no row.
 * @param current the stored index keys: a request in work keeps a due key that is early enough, which saves two rows
 */
function toIndexKeys(row: RequestRow, current: readonly string[]): readonly string[] {
  if (!isRequest(row)) return [toEndedKey(toUnusedSince(row))];
  return [...toStateKeys(row, current), ...toBatchKeys(row)];
}

function toStateKeys(row: RequestRecord, current: readonly string[]): readonly string[] {
  const dueAt = toDueAt(row);
  const ended = toEndedKey(row.updatedAt);
  if (isListedByState(row.state)) return [ended, toStateKey(row.state, row.updatedAt)];
  if (dueAt === undefined) return [ended];
  const late = toDueKey(new Date(row.updatedAt.getTime() + LATE_MS));
  const kept = current.filter((key) => isDueKey(key) && key <= late);
  const held = toHeldKeys(row);
  if (row.state === 'working' && kept.length > 0) return [...kept, ...held];
  const since = toSeatSince(row).toISOString();
  const seats = row.waiting?.licenseIds?.map((id) => `${toSeatName(id)}.${since}`) ?? [];
  return [toDueKey(dueAt), ...[...held, ...new Set(seats)].slice(0, toMaxSeatKeys(row))];
}

/** Rare final states that people search for. */
const LISTED_BY_STATE: readonly State[] = ['failed', 'partial'];
export const isListedByState = (state: State): boolean => LISTED_BY_STATE.includes(state);

/** Rounded up to a day: most commits of a person change no index row. */
const toUnusedSince = ({ updatedAt }: Person) => new Date(Math.ceil(updatedAt.getTime() / DAY_MS) * DAY_MS);

/** Whether the sweep has nothing to check in a row. */
export const hasEnded = (row: RequestRow): boolean => !isRequest(row) || !isOpen(row.state);

const requestLayout = createLayout<RequestRecord>({
  schema: requestRecordSchema,
  key: { name: 'requestId', fromRowKey: (rowKey) => rowKey.slice(rowKey.indexOf(REQUEST) + REQUEST.length) },
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

/** Queried members have columns, the others are JSON. */
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
  index: { toKeys: toIndexKeys, names: [DUE, ENDED, SEAT, HELD, BATCH, ...LISTED_BY_STATE.map(toStateName)] },
};

/**
 * Version 0.1.0 took times from the clock of the instance, which may have been ahead: such a request would win over
 * later ones. No request was accepted or ended after its row was written.
 */
const toEarlier = (at: Date, writtenAt: Date | undefined): Date =>
  writtenAt !== undefined && writtenAt < at ? writtenAt : at;

const toPast = (newest: Person['newest'], writtenAt: Date | undefined): Person['newest'] =>
  Object.fromEntries(
    Object.entries(newest).map(([key, asked]) => [key, { ...asked, at: toEarlier(asked.at, writtenAt) }]),
  );
