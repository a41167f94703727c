import { toOffsetTime } from './offset-time.ts';
import type { TypedData } from './rpc.ts';

type Metadata = Readonly<Record<string, unknown>>;

/** What the host tells of a queue message. */
export interface MessageFacts {
  readonly messageId: string;
  readonly popReceipt: string;
  readonly dequeueCount: number;
  readonly insertedOn: Date;
  readonly expiresOn: Date;
  readonly nextVisibleOn: Date;
}

/** As the host sends it: text as it is, everything else as JSON. */
export const toTypedMetadata = (metadata: Metadata): Readonly<Record<string, TypedData>> =>
  Object.fromEntries(
    Object.entries(metadata).map(([name, value]) => [
      name,
      typeof value === 'string' ? { string: value } : { json: JSON.stringify(value) },
    ]),
  );

/** The facts of a queue message, hidden by members of its own text that have their names. */
export const toQueueMetadata = (message: MessageFacts, text: string): Metadata =>
  mergeMetadata(
    {
      QueueTrigger: text,
      DequeueCount: String(message.dequeueCount),
      Id: message.messageId,
      PopReceipt: message.popReceipt,
      ExpirationTime: toOffsetTime(message.expiresOn),
      InsertionTime: toOffsetTime(message.insertedOn),
      NextVisibleTime: toOffsetTime(message.nextVisibleOn),
    },
    toBodyMembers(text),
  );

/**
 * The members of a JSON object that become trigger metadata: all that are not null and not arrays, scalars as
 * text. Empty for any other text.
 */
export function toBodyMembers(text: string): Metadata {
  if (!/^\s*\{/.test(text)) return {};
  let value: object;
  try {
    value = JSON.parse(text);
  } catch {
    // Text that only begins like JSON has no members.
    return {};
  }
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, member]) =>
      member === null || Array.isArray(member)
        ? []
        : [[name, typeof member === 'object' ? member : String(member)]],
    ),
  );
}

/** Later facts win, and names ignore case: a body's own `id` hides the queue message's `Id`. */
export function mergeMetadata(facts: Metadata, later: Metadata): Metadata {
  const merged = new Map(Object.entries(facts));
  const names = new Map(Object.keys(facts).map((name) => [name.toLowerCase(), name]));
  for (const [name, value] of Object.entries(later)) merged.set(names.get(name.toLowerCase()) ?? name, value);
  return Object.fromEntries(merged);
}
