import type { AssignLicensesRequest } from '../user-licenses.ts';
import { errorCodeSchema, type WebexError } from './error-body.ts';
import { ERROR_CODES } from './error-codes.ts';
import { toSafeText } from './error-text.ts';
import { WebexFailure } from './failure.ts';

/** Why a part of a change failed, where the answer names the license or the site. */
export interface Refusal {
  /** As the request names it. */
  readonly item: string;
  readonly failure: WebexFailure;
}

export interface PartialErrors {
  readonly refusals: readonly Refusal[];
  /** What the answer says of failures in a form that names no item; without personal data. */
  readonly errorText?: string;
}

/** Members that have been seen, or may be, beside what the person holds. None of them is documented for a 206. */
const ERROR_MEMBERS = [
  'errors',
  'error',
  'failures',
  'failed',
  'failedLicenses',
  'failedSiteUrls',
  'licenseErrors',
];
const ROW_MEMBERS = ['licenses', 'siteUrls'];
const ID_MEMBERS = [
  'licenseId',
  'licenseIds',
  'license',
  'licenses',
  'id',
  'siteUrl',
  'siteUrls',
  'site',
  'resourceId',
];
const CODE_MEMBERS = ['errorCode', 'code'];
const TEXT_MEMBERS = ['description', 'message', 'reason', 'detail', 'error'];

const MAX_ENTRIES = 200;
const MAX_TEXT = 4_000;

/** One thing that the answer says of a failure. */
interface Entry {
  /** What it is filed under. */
  readonly key: string | undefined;
  readonly value: unknown;
}

/**
 * The reasons in a 206, whose schema has none: Webex may name them all the same. Only what names one of the requested
 * licenses or sites, by a member or by the id in its text, is taken for a reason; the rest is kept as text. What may
 * pass is no reason.
 */
export function readPartialErrors(
  answer: object,
  request: AssignLicensesRequest,
  trackingId: string | undefined,
): PartialErrors {
  const items = new Map(
    [
      ...(request.licenses ?? []).map(({ id }) => id),
      ...(request.siteUrls ?? []).map(({ siteUrl }) => siteUrl),
    ].map((item) => [toComparable(item), item]),
  );
  const body = new Map<string, unknown>(Object.entries(answer));
  const entries = [
    ...ERROR_MEMBERS.flatMap((member) => toEntries(body.get(member))),
    ...ROW_MEMBERS.flatMap((member) => toRowEntries(body.get(member))),
  ].slice(0, MAX_ENTRIES);
  const refusals = new Map<string, Refusal>();
  const unnamed: unknown[] = [];
  for (const entry of entries) {
    const named = findNamed(entry, items);
    const error = toError(entry.value);
    if (named.length === 0 || error === undefined) unnamed.push(entry.value);
    else if (!isPassing(error))
      for (const item of named) {
        if (!refusals.has(item)) refusals.set(item, { item, failure: toFailureOf(error, trackingId) });
      }
  }
  const text = toSafeText(unnamed.map((value) => JSON.stringify(value).slice(0, MAX_TEXT)).join(' '));
  return { refusals: [...refusals.values()], ...(text !== '' && { errorText: text }) };
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

/** Of a list, its rows; of an object, what is filed under each member, unless it is an entry itself. */
function toEntries(value: unknown, key?: string): readonly Entry[] {
  if (value === undefined || value === null || value === '') return [];
  if (Array.isArray(value)) return value.slice(0, MAX_ENTRIES).map((row: unknown) => ({ key, value: row }));
  if (key !== undefined || !isObject(value) || toError(value)) return [{ key, value }];
  return Object.entries(value)
    .slice(0, MAX_ENTRIES)
    .flatMap(([member, under]) => toEntries(under, member));
}

/** A row of what the person holds may carry its own errors. */
function toRowEntries(rows: unknown): readonly Entry[] {
  if (!Array.isArray(rows)) return [];
  return rows.slice(0, MAX_ENTRIES).flatMap((row: unknown): readonly Entry[] => {
    if (!isObject(row)) return [];
    const members = new Map<string, unknown>(Object.entries(row));
    const [key] = toTexts(ID_MEMBERS.map((member) => members.get(member)));
    return ERROR_MEMBERS.flatMap((member) => toEntries(members.get(member), key));
  });
}

/** The texts among some values, as deep as `{"license":{"id":…}}` and lists of those. */
function toTexts(values: readonly unknown[]): readonly string[] {
  return values.flatMap((value): readonly string[] => {
    if (typeof value === 'string') return [value];
    if (Array.isArray(value)) return toTexts(value.slice(0, MAX_ENTRIES));
    if (!isObject(value)) return [];
    const members = new Map<string, unknown>(Object.entries(value));
    return ['id', 'licenseId', 'siteUrl'].flatMap((member) => {
      const text = members.get(member);
      return typeof text === 'string' ? [text] : [];
    });
  });
}

/** The items that an entry is about: those that it names in a member, or else those whose ids stand in its text. */
function findNamed({ key, value }: Entry, items: ReadonlyMap<string, string>): readonly string[] {
  const members = isObject(value) ? new Map<string, unknown>(Object.entries(value)) : undefined;
  const toItems = (words: readonly string[]) => [
    ...new Set(words.flatMap((word) => items.get(toComparable(word)) ?? [])),
  ];
  const told = toTexts(ID_MEMBERS.map((member) => members?.get(member)));
  const named = toItems(key === undefined ? told : [key, ...told]);
  if (named.length > 0 || told.length > 0) return named;
  const text = typeof value === 'string' ? value : toText(members);
  return toItems(text.slice(0, MAX_TEXT).split(/[^\w.+/=-]+/));
}

/** Ids may be padded, and sites are in any case. */
const toComparable = (item: string): string => {
  const plain = item.replace(/(?<!=)=+$/, '').replace(/(?<!\.)\.+$/, '');
  return /^[\w-]+(\.[\w-]+)+$/.test(plain) ? plain.toLowerCase() : plain;
};

function toText(members: ReadonlyMap<string, unknown> | undefined): string {
  const texts = TEXT_MEMBERS.map((member) => members?.get(member));
  return texts.find((text) => typeof text === 'string') ?? '';
}

/** Undefined where nothing says why. */
function toError(value: unknown): WebexError | undefined {
  if (typeof value === 'string') return { description: toSafeText(value) };
  if (!isObject(value)) return undefined;
  const members = new Map<string, unknown>(Object.entries(value));
  const code = CODE_MEMBERS.map((member) => errorCodeSchema.parse(members.get(member))).find(
    (known) => known !== undefined,
  );
  const text = toText(members);
  if (code === undefined && text === '') return undefined;
  return { ...(code !== undefined && { code }), description: toSafeText(text) };
}

/** Codes that are statuses of HTTP which pass: a single call may well succeed. */
const isPassing = ({ code = 0 }: WebexError): boolean =>
  [401, 408, 409, 423, 429].includes(code) || (code >= 500 && code < 600);

function toFailureOf(error: WebexError, trackingId: string | undefined): WebexFailure {
  const known = error.code === undefined ? undefined : ERROR_CODES[error.code];
  return new WebexFailure({
    condition: 'refused',
    remedy: 'permanent',
    ...known,
    status: 206,
    errors: [error],
    ...(trackingId !== undefined && { trackingId }),
  });
}
