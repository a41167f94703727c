import { sha256 } from '../../platform/sha256.ts';
import { toDueAt, toSeatSince } from '../../requests/record/due.ts';
import { isHeld, NO_NUMBER_REASONS, type NoNumberReason } from '../../requests/record/item-result.ts';
import type { Person } from '../../requests/record/person.ts';
import type { RequestRecord } from '../../requests/record/record.ts';
import type { State } from '../../requests/record/states.ts';
import { REFUSED_REASONS, type RefusedReason } from '../../requests/record/wait-reasons.ts';
import { DUE, ENDED, isDueKey, toDueKey, toEndedKey, toStateKey, toStateName } from './due-index.ts';
import { MAX_ROWS_PER_TRANSACTION } from './transactions.ts';

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

/** The name of the index keys of requests that wait since Webex refuses something. */
export const toRefusedName = (reason: RefusedReason): string => `refused-${reason}`;

/** The name of the index keys of requests that wait for a free extension or phone number. */
export const toNumberWaitName = (reason: NoNumberReason): string => `number-${reason}`;

const toNumberWaitKeys = (record: RequestRecord): readonly string[] =>
  NO_NUMBER_REASONS.filter((reason) => reason === record.waiting?.for).map(
    (reason) => `${toNumberWaitName(reason)}.${toSeatSince(record).toISOString()}`,
  );

const toRefusedKeys = ({ waiting, updatedAt }: RequestRecord): readonly string[] =>
  REFUSED_REASONS.filter((reason) => reason === waiting?.for).map(
    (reason) => `${toRefusedName(reason)}.${updatedAt.toISOString()}`,
  );

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
export const toRequestKeys = (row: RequestRecord, current: readonly string[]): readonly string[] => [
  ...toStateKeys(row, current),
  ...toBatchKeys(row),
];

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
  return [
    toDueKey(dueAt),
    ...[...held, ...toRefusedKeys(row), ...toNumberWaitKeys(row), ...new Set(seats)].slice(
      0,
      toMaxSeatKeys(row),
    ),
  ];
}

/** Rare final states that people search for. */
const LISTED_BY_STATE: readonly State[] = ['failed', 'partial'];
export const isListedByState = (state: State): boolean => LISTED_BY_STATE.includes(state);

/** The index key of a person: it ended with the last request of the name. */
export const toPersonIndexKey = (person: Person): string => toEndedKey(toUnusedSince(person));

/** Rounded up to a day: most commits of a person change no index row. */
const toUnusedSince = ({ updatedAt }: Person) => new Date(Math.ceil(updatedAt.getTime() / DAY_MS) * DAY_MS);

/** The names of the index keys of this version. */
export const INDEX_NAMES: readonly string[] = [
  DUE,
  ENDED,
  SEAT,
  HELD,
  BATCH,
  ...REFUSED_REASONS.map(toRefusedName),
  ...NO_NUMBER_REASONS.map(toNumberWaitName),
  ...LISTED_BY_STATE.map(toStateName),
];
