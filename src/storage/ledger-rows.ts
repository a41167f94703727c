import { createHash } from 'node:crypto';
import * as z from 'zod';
import { licenseRequestSchema } from '../contract/license-request.ts';
import { ITEM_RESULTS, type LedgerEntry, toDueAt, toMostWaking, toSeatSince } from '../ledger/entry.ts';
import { CHANNELS } from '../ledger/origin.ts';
import type { Person } from '../ledger/person.ts';
import { FINAL_STATES, isOpen, OPEN_STATES, type State, WAIT_REASONS } from '../ledger/states.ts';
import { isDueMark, toDueMark, toEndedMark, toStateMark } from './due.ts';
import { toShard } from './shard.ts';
import { type Location, toTimeOfEtag } from './table-rows.ts';
import { fromPieces, toPieces } from './text-pieces.ts';

/** A row of the table `requests`: a person, or a request of theirs. The rows of a person lie together. */
export type LedgerRow = LedgerEntry | Person;

export const isEntry = <R extends LedgerRow>(row: R): row is Extract<R, { requestId: string }> =>
  'requestId' in row;

export const toEntryLocation = (personKey: string, requestId: string): Location => ({
  partitionKey: toShard(personKey),
  rowKey: `${personKey}.r.${requestId}`,
});

export const toPersonLocation = (personKey: string): Location => ({
  partitionKey: toShard(personKey),
  rowKey: `${personKey}.p`,
});

export const locate = (row: LedgerRow): Location =>
  isEntry(row) ? toEntryLocation(row.personKey, row.requestId) : toPersonLocation(row.personKey);

/** The mark of requests that wait for seats of a license. */
export const toSeatMark = (licenseId: string): string =>
  `seat.${createHash('sha256').update(licenseId).digest('hex').slice(0, 16)}`;

const DAY_MS = 86_400_000;

/** As late as this, the sweep may find out that whoever worked on a request has died. */
const LATE_MS = 2 * 60_000;

/**
 * An open request is found by when it is due, and everything else by since when it has ended: what must be looked at is
 * never behind what is to be removed, and another retention changes no row.
 * @param before the marks that the row has: while it is worked on it keeps them, where they do as well as new ones
 */
export function toMarks(row: LedgerRow, before: readonly string[]): readonly string[] {
  if (!isEntry(row)) return [toEndedMark(toUnusedSince(row))];
  const dueAt = toDueAt(row);
  const ended = toEndedMark(row.updatedAt);
  if (isLookedFor(row.state)) return [ended, toStateMark(row.state, row.updatedAt)];
  if (dueAt === undefined) return [ended];
  const late = toDueMark(new Date(row.updatedAt.getTime() + LATE_MS));
  const kept = before.filter((mark) => isDueMark(mark) && mark <= late);
  if (row.state === 'working' && kept.length > 0) return kept;
  const since = toSeatSince(row).toISOString();
  const seats = row.waiting?.licenseIds?.map((id) => `${toSeatMark(id)}.${since}`) ?? [];
  return [toDueMark(dueAt), ...[...new Set(seats)].slice(0, toMostWaking(row))];
}

/** Final states that people look for, and that few of many requests are in. */
export const isLookedFor = (state: State): boolean => state === 'failed' || state === 'partial';

/** By the day: a person who is worked on often is not marked again each time. */
const toUnusedSince = ({ updatedAt }: Person) => new Date(Math.ceil(updatedAt.getTime() / DAY_MS) * DAY_MS);

/** Whether a row is kept for the record only: a person is nothing to be looked at. */
export const hasEnded = (row: LedgerRow): boolean => !isEntry(row) || !isOpen(row.state);

/** What is looked for in columns of its own, the rest as JSON. */
export function toColumns(row: LedgerRow): Record<string, unknown> {
  const { version: _version, ...plain } = { version: undefined, ...row };
  if (!isEntry(plain)) return { isTimedByStorage: true, ...toPieces('person', JSON.stringify(plain)) };
  const { requestId: _id, state, acceptedAt, updatedAt, original, ...rest } = plain;
  return {
    state,
    acceptedAt,
    updatedAt,
    ...(isOpen(state) && { isOpen: true }),
    ...(rest.request?.source !== undefined && { source: rest.request.source }),
    ...toPieces('entry', JSON.stringify(rest)),
    ...(original === undefined ? {} : toPieces('original', original)),
  };
}

const date = z.coerce.date();
const problem = z.object({ pointer: z.string(), detail: z.string() });
const state = z.enum([...OPEN_STATES, ...FINAL_STATES]);

const origin = z.object({ channel: z.enum(CHANNELS), key: z.string().exactOptional() });

const restSchema = z.object({
  personKey: z.string(),
  request: licenseRequestSchema.exactOptional(),
  origin: origin.exactOptional(),
  fingerprint: z.string(),
  delivery: z.number(),
  attempts: z.number(),
  personLooks: z.number(),
  waitedMs: z.partialRecord(z.enum(WAIT_REASONS), z.number()).exactOptional(),
  mayHaveApplied: z.boolean(),
  personId: z.string().exactOptional(),
  results: z.array(
    z.object({
      result: z.enum(ITEM_RESULTS),
      licenseId: z.string().exactOptional(),
      licenseIds: z.array(z.string()).exactOptional(),
      seatsOf: z.array(z.string()).exactOptional(),
      changed: z.boolean().exactOptional(),
      by: z.string().exactOptional(),
      condition: z.string().exactOptional(),
      code: z.number().exactOptional(),
      detail: z.string().exactOptional(),
      trackingId: z.string().exactOptional(),
    }),
  ),
  waiting: z
    .object({
      for: z.enum(WAIT_REASONS),
      until: date,
      licenseIds: z.array(z.string()).exactOptional(),
      condition: z.string().exactOptional(),
      detail: z.string().exactOptional(),
    })
    .exactOptional(),
  failure: z
    .object({ condition: z.string(), detail: z.string(), errors: z.array(problem).exactOptional() })
    .exactOptional(),
  askedAt: date.exactOptional(),
  movedTo: z.string().exactOptional(),
  redrivenAt: date.exactOptional(),
  redrivenBy: origin.exactOptional(),
  troubledSince: date.exactOptional(),
  history: z.array(
    z.object({
      at: date,
      state,
      instance: z.string(),
      attempt: z.number(),
      detail: z.string().exactOptional(),
      status: z.number().exactOptional(),
      codes: z.array(z.number()).exactOptional(),
      trackingId: z.string().exactOptional(),
      by: origin.exactOptional(),
    }),
  ),
});

const personRowSchema = z.looseObject({ etag: z.string(), isTimedByStorage: z.boolean().exactOptional() });
const entryRowSchema = z.looseObject({
  rowKey: z.string(),
  etag: z.string(),
  state,
  acceptedAt: date,
  updatedAt: date,
});

const personSchema = z.object({
  personKey: z.string(),
  sameAs: z.string().exactOptional(),
  personId: z.string().exactOptional(),
  checkedAt: date.exactOptional(),
  owner: z.string().exactOptional(),
  names: z.array(z.string()).exactOptional(),
  turn: z.object({ instance: z.string(), until: date }).exactOptional(),
  unanswered: z
    .array(z.object({ key: z.string(), operation: z.enum(['add', 'remove']), until: date }))
    .exactOptional(),
  newest: z.record(
    z.string(),
    z.object({ requestId: z.string(), operation: z.enum(['add', 'remove']), at: date }),
  ),
  updatedAt: date,
});

/** @throws where the row is not one that `toColumns` made */
export function fromColumns(row: object): LedgerRow {
  const { etag, isTimedByStorage, ...columns } = personRowSchema.parse(row);
  const writtenAt = toTimeOfEtag(etag);
  const text = fromPieces('person', columns);
  if (text !== undefined) {
    const person = personSchema.parse(JSON.parse(text));
    return isTimedByStorage ? person : { ...person, newest: toPast(person.newest, writtenAt) };
  }
  const { rowKey, acceptedAt, updatedAt, ...more } = entryRowSchema.parse(row);
  const rest = restSchema.parse(JSON.parse(fromPieces('entry', more) ?? ''));
  const requestId = rowKey.slice(`${rest.personKey}.r.`.length);
  const original = fromPieces('original', more);
  const { state: current } = more;
  return {
    requestId,
    state: current,
    acceptedAt: toEarlier(acceptedAt, writtenAt),
    updatedAt,
    ...rest,
    ...(original !== undefined && { original }),
  };
}

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
