import * as z from 'zod';
import type { Answer } from './answer.ts';

const change = {
  omit: z.array(z.string()).default([]),
  set: z.record(z.string(), z.unknown()).default({}),
};
/** Places in the list, from 0; all where they are left out. */
const rows = z.array(z.number().int().min(0)).optional();

/**
 * How an answer may differ from the public document, as answers of live servers did. The change that is asked for is
 * made all the same.
 */
export const ODD_SCHEMAS = [
  /** Rows of `items` or `users` without, or with other, members. */
  z.strictObject({ kind: z.literal('odd-rows'), rows, ...change }),
  /** An answer without, or with other, members; of this status only. */
  z.strictObject({
    kind: z.literal('odd-members'),
    status: z.number().int().min(200).max(299).optional(),
    ...change,
  }),
  z.strictObject({ kind: z.literal('text-counts'), rows }),
  z.strictObject({ kind: z.literal('upper-case-account-types') }),
  /** A page without rows before the page that was asked for. */
  z.strictObject({ kind: z.literal('empty-page') }),
  /** The link to the next page without these parameters of the query; without all but its cursor by default. */
  z.strictObject({ kind: z.literal('lost-query'), parameters: z.array(z.string()).optional() }),
  /** The reasons of a 206, in the shape of a 400; or this in their place. */
  z.strictObject({ kind: z.literal('errors-in-206'), errors: z.unknown().optional() }),
] as const;

export type Odd = z.output<(typeof ODD_SCHEMAS)[number]>;

type Members = Readonly<Record<string, unknown>>;

/** Undefined where an answer has nothing that could be so odd. */
export function toOdd(answer: Answer, odd: Odd, url: URL): Answer | undefined {
  const { status, body } = answer;
  if (status < 200 || status > 299 || !isMembers(body)) return undefined;
  switch (odd.kind) {
    case 'odd-rows':
      return withRows(answer, body, odd.rows, (row) => withChange(row, odd));
    case 'odd-members':
      return odd.status === undefined || odd.status === status
        ? { ...answer, body: withChange(body, odd) }
        : undefined;
    case 'text-counts':
      return 'totalUnits' in body && odd.rows === undefined
        ? { ...answer, body: withTextCounts(body) }
        : withRows(answer, body, odd.rows, withTextCounts);
    case 'upper-case-account-types':
      return 'siteUrls' in body ? { ...answer, body: withUpperCase(body) } : undefined;
    case 'empty-page': {
      const empty = withRows(answer, body, undefined, () => undefined);
      return empty && { ...empty, headers: { ...answer.headers, link: toLink(toRepeated(url)) } };
    }
    case 'lost-query': {
      const link = /^<(.*)>; rel="next"$/.exec(answer.headers?.link ?? '')?.[1];
      if (link === undefined) return undefined;
      return { ...answer, headers: { ...answer.headers, link: toLink(toShortened(link, odd.parameters)) } };
    }
    case 'errors-in-206':
      return status === 206
        ? { ...answer, body: { ...body, errors: odd.errors === undefined ? answer.reasons : odd.errors } }
        : undefined;
  }
}

const isMembers = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function withChange(members: Members, { omit, set }: { omit: readonly string[]; set: Members }): Members {
  const left = Object.entries(members).filter(([name]) => !omit.includes(name));
  return { ...Object.fromEntries(left), ...set };
}

/** Rows that become undefined are left out. Undefined where the answer is no list, or has none of these rows. */
function withRows(
  answer: Answer,
  body: Members,
  places: readonly number[] | undefined,
  toRow: (row: Members) => Members | undefined,
): Answer | undefined {
  const name = ['items', 'users'].find((list) => Array.isArray(body[list]));
  const list = name === undefined ? [] : z.array(z.looseObject({})).parse(body[name]);
  const isChosen = (index: number) => places === undefined || places.includes(index);
  if (name === undefined || !list.some((_row, index) => isChosen(index))) return undefined;
  const changed = list.flatMap((row, index) => (isChosen(index) ? (toRow(row) ?? []) : row));
  return { ...answer, body: { ...body, [name]: changed } };
}

function withTextCounts(row: Members): Members {
  const entries = Object.entries(row).map(([name, value]) => [
    name,
    typeof value === 'number' ? String(value) : value,
  ]);
  return Object.fromEntries(entries);
}

const sitesSchema = z.array(z.looseObject({ accountType: z.string().toUpperCase() })).optional();

function withUpperCase(body: Members): Members {
  const { siteUrls, pendingSiteUrls } = body;
  const sites = sitesSchema.safeParse(siteUrls);
  const pending = sitesSchema.safeParse(pendingSiteUrls);
  return {
    ...body,
    ...(sites.data && { siteUrls: sites.data }),
    ...(pending.data && { pendingSiteUrls: pending.data }),
  };
}

const toLink = (url: URL) => `<${url.href}>; rel="next"`;

/** The same page again, at another address: a client may take an address that it has seen for a circle. */
function toRepeated(url: URL): URL {
  const repeated = new URL(url);
  repeated.searchParams.set('emptyPages', String(Number(url.searchParams.get('emptyPages') ?? 0) + 1));
  return repeated;
}

const CURSOR: readonly string[] = ['next', 'before', 'after'];

function toShortened(link: string, parameters: readonly string[] | undefined): URL {
  const url = new URL(link);
  const lost = parameters ?? [...url.searchParams.keys()].filter((name) => !CURSOR.includes(name));
  for (const name of lost) url.searchParams.delete(name);
  return url;
}
