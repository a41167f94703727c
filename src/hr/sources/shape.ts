import { createHash } from 'node:crypto';
import * as z from 'zod';
import { readInstant } from '../../platform/dates.ts';
import { emailSchema } from '../../platform/email.ts';
import { type Parsed, refuse } from '../../platform/json.ts';
import { parseWith } from '../../platform/parse-with.ts';
import { cutText, hasControl, hasControlInLines, mask } from '../../platform/plain-text.ts';
import { isPlaceholder } from '../../platform/words.ts';
import { MAX_MEMBERS } from '../../policy/attribute-value.ts';
import { type HrEvent, hrEventSchema } from '../hr-event.ts';
import { findImpossible } from './employment.ts';
import type { Source } from './sources.ts';
import { signedAtMs, signedId } from './verify.ts';

/** What was received, verified and parsed. */
export interface Received {
  readonly source: Source;
  readonly headers: { get(name: string): string | null };
  readonly body: unknown;
  readonly receivedAt: Date;
}

/** Turns what one HR system sends into neutral events: one, or several where it speaks of several people. */
export type Normalize = (received: Received) => Parsed<readonly HrEvent[]>;

/** An id that is the same when the same thing is sent again, in whichever order its members come. */
export const deriveId = (...parts: unknown[]): string =>
  createHash('sha256')
    .update(JSON.stringify(parts.map(sorted)))
    .digest('hex')
    .slice(0, 32);

/** Received JSON is at most 32 levels deep. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(members.map(([name, member]) => [name, sorted(member)]));
}

/** The id under which the sender sends an event again, where the sender's signature covers it. */
export const toSignedId = ({ source: { scheme }, headers }: Received): string | undefined =>
  signedId(scheme, headers);

/** The same, or an id of a header beside a token: then nothing is signed, and the header is as good as the body. */
export const toHeaderId = (received: Received, header: string): string | undefined =>
  received.source.scheme.kind === 'token' ? received.headers.get(header) || undefined : toSignedId(received);

/** An event of which what is absent is left out. */
export type Draft = { readonly [K in keyof HrEvent]?: HrEvent[K] | undefined | null };

/**
 * Drafts as events. Each stands by itself: one that names nobody, or has a member that makes no sense, is kept as one
 * that cannot be acted on, and says why; its sender would not send it again.
 */
export const toEvents = (drafts: readonly Draft[]): Parsed<readonly HrEvent[]> => ({
  ok: true,
  value: drafts.map(toEvent),
});

/** Of a sender's event id; a longer one is known by its digest. */
const MAX_ID_LENGTH = 256;

const MAX_TYPE_LENGTH = 128;
const MAX_FAILURE_LENGTH = 1_000;

const ODD_ID = "the employee's id has control characters, or such as turn the direction of text";
const NOBODY =
  'it names no employee: neither an id nor an address was found where this source has them, so that nobody can be found for it';

function toEvent(draft: Draft): HrEvent {
  const { source = '', eventId: givenId, type, kind = 'ignored', ...more } = withoutAbsent(draft);
  const isUsable = givenId === undefined || (givenId.length <= MAX_ID_LENGTH && !hasControl(givenId));
  const eventId = isUsable ? givenId : deriveId(givenId);
  const shownType = type && mask(type);
  const parsed = parseWith(hrEventSchema, { source, eventId, type: shownType, kind, ...more });
  const failure = parsed.ok
    ? toFailure(parsed.value)
    : cutText(
        parsed.problems.map(({ pointer, detail }) => `${pointer} ${detail}`).join('; '),
        MAX_FAILURE_LENGTH,
      );
  if (parsed.ok) return failure === undefined ? parsed.value : { ...parsed.value, failure };
  return {
    source,
    eventId: eventId || deriveId(draft),
    type: cutText(String(shownType ?? 'unknown'), MAX_TYPE_LENGTH) || 'unknown',
    kind,
    attributes: {},
    ...(failure !== undefined && { failure }),
  };
}

const toFailure = (event: HrEvent): string | undefined =>
  event.failure ??
  (hasControl(event.employeeId ?? '') ? ODD_ID : undefined) ??
  findImpossible(event) ??
  (event.kind !== 'ignored' && event.employeeId === undefined && event.email === undefined
    ? NOBODY
    : undefined);

const withoutAbsent = (draft: Draft): Partial<HrEvent> =>
  Object.fromEntries(Object.entries(draft).filter(([, value]) => value !== undefined && value !== null));

/** Reads a body by a schema, and makes events of it. */
export const normalizeWith =
  <T>(schema: z.ZodType<T>, toDrafts: (body: T, received: Received) => readonly Draft[]): Normalize =>
  (received) => {
    const parsed = schema.safeParse(received.body);
    if (!parsed.success) return refuse('', 'is not what this source sends');
    return toEvents(toDrafts(parsed.data, received));
  };

/** Ids are numbers in some systems, and text in others; a placeholder such as `n/a` is none. */
export function toId(value: unknown): string | undefined {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? String(value) : undefined;
  if (typeof value !== 'string' || isPlaceholder(value)) return undefined;
  return value.trim();
}
export const idText = z.unknown().optional().transform(toId).optional();

/** The address, or a note where there is one that is none. */
export function toEmail(value: unknown): { readonly email?: string; readonly notes?: string[] } {
  if (value === undefined || value === null || (typeof value === 'string' && isPlaceholder(value))) return {};
  const parsed = emailSchema.safeParse(value);
  return parsed.success ? { email: parsed.data } : { notes: [NO_ADDRESS] };
}
export const NO_ADDRESS = 'the address that HR gave is no e-mail address, and was left out';

const MAX_NAME_LENGTH = 64;
const MAX_VALUE_LENGTH = 256;
const MAX_ATTRIBUTES = 200;

/**
 * Scalars as attributes, and lists of scalars or of objects that have a value or name; null, empty text and a
 * placeholder such as `n/a` tell that there is none: empty text, or of a list an empty one. What is absent, another object, or a list of which a
 * member cannot be read is not told. What cannot be a name or is too long a list is left out and noted.
 */
export function toAttributes(values: Readonly<Record<string, unknown>>): {
  readonly attributes: Record<string, string | string[]>;
  readonly notes: string[];
} {
  const notes: string[] = [];
  const attributes: Record<string, string | string[]> = {};
  let left = 0;
  const told = Object.entries(values).flatMap(([given, value]) => {
    const read = Array.isArray(value) ? toMembers(value) : toText(value);
    return read === undefined ? [] : [{ name: given.trim(), value: read }];
  });
  // Within the limit, what has a value comes first.
  for (const { name, value } of [
    ...told.filter((one) => one.value.length > 0),
    ...told.filter((one) => one.value.length === 0),
  ]) {
    const isName = name !== '' && name.length <= MAX_NAME_LENGTH && !hasControl(name);
    const texts = typeof value === 'string' ? [value] : value;
    const isUsable = isName && texts.length <= MAX_MEMBERS && !texts.some(hasControlInLines);
    if (isUsable && Object.keys(attributes).length < MAX_ATTRIBUTES)
      attributes[name] =
        typeof value === 'string'
          ? cutText(value, MAX_VALUE_LENGTH)
          : value.map((one) => cutText(one, MAX_VALUE_LENGTH));
    else if (value.length > 0) left += 1;
  }
  if (left > 0)
    notes.push(
      `${left} attributes were left out: a name has 1 to ${MAX_NAME_LENGTH} letters, none has control characters, a list has at most ${MAX_MEMBERS} members, and there are at most ${MAX_ATTRIBUTES}`,
    );
  return { attributes, notes };
}

function toText(value: unknown): string | undefined {
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (value === null) return '';
  if (typeof value !== 'string') return undefined;
  return isPlaceholder(value) ? '' : value.trim();
}

/** A member of a list as SCIM, Entra and Okta write it: each of these names it. */
const name = z.unknown().optional();
const memberSchema = z
  .object({
    ...{ value: name, display: name, displayName: name, name, id: name },
    profile: z.object({ name }).optional().catch(undefined),
  })
  .transform(({ profile, ...names }) => [...Object.values(names), profile?.name]);

/** The texts of a list, each once. Undefined where the list would not be whole. */
function toMembers(list: readonly unknown[]): string[] | undefined {
  const members = list.map((one) => {
    const names = memberSchema.safeParse(one);
    const texts = (names.success ? names.data : [one]).map(toText).filter((text) => text !== undefined);
    return texts.length === 0 ? undefined : texts;
  });
  if (members.includes(undefined)) return undefined;
  return [...new Set(members.flatMap((some) => some ?? []).filter((text) => text !== ''))];
}

/**
 * When HR said it: as it says itself, else when it signed the request; a repeated one may be signed anew. Never later than it
 * was received, so that a clock that is ahead does not outrank what comes later. Undefined where neither is told so that it
 * can be read.
 */
export function toSaidAt(value: unknown, { source, headers, receivedAt }: Received): string | undefined {
  const atMs = readInstant(value, source.dates)?.getTime() ?? signedAtMs(source.scheme, headers);
  return atMs === undefined ? undefined : new Date(Math.min(atMs, receivedAt.getTime())).toISOString();
}

/** What several readers noted, together. */
export const toNotes = (
  ...all: readonly (readonly string[] | undefined)[]
): { readonly notes?: string[] } => {
  const notes = all.flatMap((some) => some ?? []);
  return notes.length === 0 ? {} : { notes };
};
