import * as z from 'zod';
import { type Person, personSchema, type StoredPerson } from '../../requests/record/person.ts';
import { type RequestRecord, requestRecordSchema, type StoredRequest } from '../../requests/record/record.ts';
import { isOpen } from '../../requests/record/states.ts';
import { TABLES } from '../names.ts';
import { INDEX_NAMES, toPersonIndexKey, toRequestKeys } from './request-index.ts';
import { createLayout, type Layout } from './row-layout.ts';
import { type Location, type Shape, toTimeOfEtag } from './rows.ts';
import { toShard } from './shard.ts';

/** Between the person key and the request id, in a row key. */
const REQUEST = '.r.';

/** A row of the table `requests`: a person or one of the person's requests. Both share a partition. */
export type RequestRow = RequestRecord | Person;

export const isRequest = <R extends RequestRow>(row: R): row is Extract<R, { requestId: string }> =>
  'requestId' in row;

/** A row that was read. */
export type StoredRow = StoredRequest | StoredPerson;

export const toRequest = (row: StoredRow | undefined): StoredRequest | undefined =>
  row && isRequest(row) ? row : undefined;
export const toRequests = (rows: readonly StoredRow[]): readonly StoredRequest[] =>
  rows.flatMap((row) => toRequest(row) ?? []);
export const toPerson = (row: StoredRow): StoredPerson | undefined => (isRequest(row) ? undefined : row);

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
  index: {
    toKeys: (row, current) => (isRequest(row) ? toRequestKeys(row, current) : [toPersonIndexKey(row)]),
    names: INDEX_NAMES,
  },
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
