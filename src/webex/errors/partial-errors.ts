import type { AssignLicensesRequest } from '../user-licenses.ts';
import { errorCodeSchema, type WebexError } from './error-body.ts';
import { ERROR_CODES } from './error-codes.ts';
import { toSafeText } from './error-text.ts';
import { WebexFailure } from './failure.ts';

/** Why a part of a change failed; the answer names the license or the site. */
export interface Refusal {
  /** As the request names it. */
  readonly item: string;
  readonly failure: WebexFailure;
}

interface PartialErrors {
  readonly refusals: readonly Refusal[];
  /** The errors that name no item, without personal data. */
  readonly errorText?: string;
}

const toNames = (names: string): readonly string[] => names.split(' ');

/** Members that have been seen beside the licenses of the person, and likely ones. A 206 documents none of them. */
const ERROR_MEMBERS = toNames('errors error failures failed failedLicenses failedSiteUrls licenseErrors');
const ROW_MEMBERS = toNames('licenses siteUrls');
const ID_MEMBERS = toNames('licenseId licenseIds license licenses id siteUrl siteUrls site resourceId');
const CODE_MEMBERS = toNames('errorCode code');
const TEXT_MEMBERS = toNames('description message reason detail error');

const MAX_REPORTS = 200;
const MAX_TEXT = 4_000;

/** One report of a failure in the answer. */
interface Report {
  /** The member that it is filed under. */
  readonly key: string | undefined;
  readonly value: unknown;
}

/**
 * The reasons in a 206, whose schema documents none. A report that names one of the requested licenses or sites, by a
 * member or by the id in its text, is a reason; other reports are kept as text. A transient error is not a reason.
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
  const reports = [
    ...read(answer, ERROR_MEMBERS).flatMap((value) => toReports(value)),
    ...read(answer, ROW_MEMBERS).flatMap(toRowReports),
  ].slice(0, MAX_REPORTS);
  const refusals = new Map<string, Refusal>();
  const unnamed: unknown[] = [];
  for (const report of reports) {
    const named = findNamed(report, items);
    const error = toError(report.value);
    if (named.length === 0 || error === undefined) unnamed.push(report.value);
    else if (!isTransient(error))
      for (const item of named) {
        if (!refusals.has(item)) refusals.set(item, { item, failure: toFailureOf(error, trackingId) });
      }
  }
  const text = toSafeText(unnamed.map((value) => JSON.stringify(value).slice(0, MAX_TEXT)).join(' '));
  return { refusals: [...refusals.values()], ...(text !== '' && { errorText: text }) };
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;
const isText = (value: unknown): value is string => typeof value === 'string';

/** The values of members; each is undefined where the value is no object. */
function read(value: unknown, members: readonly string[]): readonly unknown[] {
  const values = new Map<string, unknown>(isObject(value) ? Object.entries(value) : []);
  return members.map((member) => values.get(member));
}

/** The rows of a list, or the members of an object that is not a report itself. */
function toReports(value: unknown, key?: string): readonly Report[] {
  if (value === undefined || value === null || value === '') return [];
  if (Array.isArray(value)) return value.slice(0, MAX_REPORTS).map((row: unknown) => ({ key, value: row }));
  if (key !== undefined || !isObject(value) || toError(value)) return [{ key, value }];
  return Object.entries(value)
    .slice(0, MAX_REPORTS)
    .flatMap(([member, under]) => toReports(under, member));
}

/** A license or site of the person may carry its own errors. */
function toRowReports(rows: unknown): readonly Report[] {
  if (!Array.isArray(rows)) return [];
  return rows.slice(0, MAX_REPORTS).flatMap((row: unknown) => {
    const [key] = toTexts(read(row, ID_MEMBERS));
    return read(row, ERROR_MEMBERS).flatMap((value) => toReports(value, key));
  });
}

/** The texts among values, also in `{"license":{"id":…}}` and in lists. */
function toTexts(values: readonly unknown[]): readonly string[] {
  return values.flatMap((value): readonly string[] => {
    if (isText(value)) return [value];
    if (Array.isArray(value)) return toTexts(value.slice(0, MAX_REPORTS));
    return read(value, ['id', 'licenseId', 'siteUrl']).filter(isText);
  });
}

/** The items that a report names in a member, or else those whose ids are in its text. */
function findNamed({ key, value }: Report, items: ReadonlyMap<string, string>): readonly string[] {
  const toItems = (words: readonly string[]) => [
    ...new Set(words.flatMap((word) => items.get(toComparable(word)) ?? [])),
  ];
  const told = toTexts(read(value, ID_MEMBERS));
  const named = toItems(key === undefined ? told : [key, ...told]);
  if (named.length > 0 || told.length > 0) return named;
  const text = isText(value) ? value : toText(value);
  return toItems(text.slice(0, MAX_TEXT).split(/[^\w.+/=-]+/));
}

/** Ids may be padded, and sites may be in any letter case. */
const toComparable = (item: string): string => {
  const plain = item.replace(/(?<!=)=+$/, '').replace(/(?<!\.)\.+$/, '');
  return /^[\w-]+(\.[\w-]+)+$/.test(plain) ? plain.toLowerCase() : plain;
};

const toText = (value: unknown): string => read(value, TEXT_MEMBERS).find(isText) ?? '';

/** Undefined where the value has neither code nor text. */
function toError(value: unknown): WebexError | undefined {
  if (isText(value)) return { description: toSafeText(value) };
  const [code] = read(value, CODE_MEMBERS).flatMap((member) => errorCodeSchema.parse(member) ?? []);
  const text = toText(value);
  if (code === undefined && text === '') return undefined;
  return { ...(code !== undefined && { code }), description: toSafeText(text) };
}

/** Codes that are transient statuses of HTTP: a call for the item alone may succeed. */
const isTransient = ({ code = 0 }: WebexError): boolean =>
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
