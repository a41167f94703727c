import * as z from 'zod';
import { toChange } from './steps.ts';
import type { Answered, Call } from './wire.ts';

const licenses = z.array(z.string());
const changedSchema = z.object({ licenses });
const personSchema = z.object({ licenses: licenses.optional() });
const listSchema = z.object({ items: z.array(personSchema).max(1) });

/** What an answer of Webex shows: the licenses of the person who was asked for, none of one whom Webex does not know. */
export interface Shown {
  readonly email?: string | undefined;
  readonly personId?: string | undefined;
  readonly licenseIds: readonly string[];
}

/** Undefined where the answer shows no person's licenses. */
export function toShown(call: Call, { status, content }: Answered): Shown | undefined {
  if (call.to !== 'webex') return undefined;
  const json = toJson(content);
  if (call.method === 'PATCH') {
    const { email, personId } = toChange(call);
    if (status === 404) return { email, personId, licenseIds: [] };
    const changed = status === 200 || status === 206 ? changedSchema.safeParse(json).data : undefined;
    return changed && { email, personId, licenseIds: changed.licenses };
  }
  const { pathname, searchParams } = new URL(call.path, 'http://webex');
  const [, id] = /\/people\/(.+)$/.exec(pathname) ?? [];
  if (id !== undefined) {
    const personId = decodeURIComponent(id);
    if (status === 404) return { personId, licenseIds: [] };
    const person = status === 200 ? personSchema.safeParse(json).data : undefined;
    return person?.licenses && { personId, licenseIds: person.licenses };
  }
  if (!pathname.endsWith('/people') || status !== 200) return undefined;
  const listed = listSchema.safeParse(json).data;
  if (listed === undefined) return undefined;
  const [person] = listed.items;
  const email = searchParams.get('email') ?? undefined;
  if (person === undefined) return { email, licenseIds: [] };
  return person.licenses && { email, licenseIds: person.licenses };
}

function toJson(content: string): unknown {
  try {
    return JSON.parse(content);
  } catch {
    // Cut short, or a page in HTML.
    return undefined;
  }
}
