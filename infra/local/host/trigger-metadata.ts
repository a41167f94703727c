import type { TypedData } from './rpc.ts';

type Metadata = Readonly<Record<string, unknown>>;

/** As the host sends it: text as it is, everything else as JSON. */
export const toTypedMetadata = (metadata: Metadata): Readonly<Record<string, TypedData>> =>
  Object.fromEntries(
    Object.entries(metadata).map(([name, value]) => [
      name,
      typeof value === 'string' ? { string: value } : { json: JSON.stringify(value) },
    ]),
  );

/**
 * The members of a JSON object that become trigger metadata: all that are not null and not arrays, scalars as
 * text. Empty for any other text.
 */
export function toBodyMembers(text: string): Metadata {
  if (!/^\s*\{/.test(text)) return {};
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // Text that only begins like JSON has no members.
    return {};
  }
  return Object.fromEntries(
    Object.entries(value as object).flatMap(([name, member]) =>
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
