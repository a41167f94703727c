/** The caller sent a `next` that no list returned. */
export class UnknownCursor extends Error {
  override readonly name = 'UnknownCursor';

  constructor() {
    super('Unknown cursor');
  }
}

/**
 * The query of the next page of a list.
 * @param asked the members of the query that select the list. Others stay out: a function key may be among them
 */
export function toNextQuery(asked: Readonly<Record<string, string | undefined>>, next: string): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries({ next, ...asked }))
    if (value !== undefined) query.set(name, value);
  return `?${query}`;
}
