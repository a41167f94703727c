import { createHash } from 'node:crypto';
import * as z from 'zod';
import { type HrEvent, hrEventSchema } from '../../contract/hr-event.ts';
import { type Parsed, refuse } from '../../contract/json.ts';
import { parseWith } from '../../contract/license-request.ts';
import type { Source } from '../sources.ts';

/** What was received, verified and parsed. */
export interface Received {
  readonly source: Source;
  readonly headers: { get(name: string): string | null };
  readonly body: unknown;
}

/** Turns what one HR system sends into neutral events: one, or several where it speaks of several people. */
export type Normalize = (received: Received) => Parsed<readonly HrEvent[]>;

/** An id that is the same when the same thing is sent again. */
export const deriveId = (...parts: unknown[]): string =>
  createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);

/** An event of which what is absent is left out. */
export type Draft = { readonly [K in keyof HrEvent]?: HrEvent[K] | undefined | null };

/** Drafts as events; a draft with a member that makes no sense is refused, and named by its place. */
export function toEvents(drafts: readonly Draft[]): Parsed<readonly HrEvent[]> {
  const events: HrEvent[] = [];
  for (const [index, draft] of drafts.entries()) {
    const given = Object.fromEntries(
      Object.entries(draft).filter(([, value]) => value !== undefined && value !== null),
    );
    const parsed = parseWith(hrEventSchema, given, drafts.length > 1 ? [index] : []);
    if (!parsed.ok) return parsed;
    events.push(parsed.value);
  }
  return { ok: true, value: events };
}

/** Reads a body by a schema, and makes events of it. */
export const normalizeWith =
  <T>(schema: z.ZodType<T>, toDrafts: (body: T, received: Received) => readonly Draft[]): Normalize =>
  (received) => {
    const parsed = schema.safeParse(received.body);
    if (!parsed.success) return refuse('', 'is not what this source sends');
    return toEvents(toDrafts(parsed.data, received));
  };

/** Ids are numbers in some systems, and text in others. */
export const idText = z.union([z.string(), z.number()]).transform(String);

/** Scalars as attributes; what is absent, empty, a list or an object is none. */
export function toAttributes(values: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) =>
      (typeof value === 'string' && value !== '') || typeof value === 'number' || typeof value === 'boolean'
        ? [[name, String(value).slice(0, 256)]]
        : [],
    ),
  );
}

/** A day or a time as HR systems write it; undefined for what is neither (`0000-00-00`, for one). */
export function toEffective(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined;
  const day = /^(?!0000)(\d{4}-\d{2}-\d{2})(?=$|T00:00:00(\.0+)?Z?$)/.exec(value)?.[1];
  if (day !== undefined) return day;
  const at = new Date(/[zZ]$|[+-]\d{2}:?\d{2}$/.test(value) ? value : `${value}Z`);
  return Number.isNaN(at.getTime()) || value.startsWith('0000') ? undefined : at.toISOString();
}

/** Whether a status says that somebody has left. */
export const isGone = (status: unknown): boolean =>
  typeof status === 'string' && /^(inactive|terminated|left|leaver)$/i.test(status);
