import { once } from 'node:events';
import { Option } from 'commander';
import * as z from 'zod';
import { print } from './terminal.ts';

/** The option of each command that prints data: the result as one JSON value. */
export class JsonOption extends Option {
  /** The members, each of which is documented: of the answers of the app, no others are printed. */
  readonly schema: z.ZodType;

  constructor(schema: z.ZodType) {
    super('--json', 'the result as one JSON value');
    this.schema = schema;
  }
}

/** The schema of a list, for {@link JsonOption}. */
export const listOf = <T extends z.ZodType>(item: T) => z.object({ items: z.array(item) });

export const printJson = (value: unknown): void => void print(JSON.stringify(value));

/** Prints a result as JSON where that is asked for, else as lines. */
export function printAs<T>(
  { json }: { readonly json?: true | undefined },
  value: T,
  toLines: (value: T) => readonly string[],
): void {
  if (json) printJson(value);
  else print(...toLines(value));
}

interface Paged<T> {
  readonly json?: true | undefined;
  readonly schema: z.ZodType<T>;
  readonly toLines: (items: readonly T[]) => readonly string[];
  /** The members beside the `items` of the JSON value. */
  readonly head?: object;
}

/** Prints the items of a list, one page at a time: a reader such as `less` may be slow. @returns how many there were */
export async function printPages<T>(
  pages: AsyncIterable<readonly unknown[]>,
  { json, schema, toLines, head = {} }: Paged<T>,
): Promise<number> {
  const begin = JSON.stringify({ ...head, items: [] }).slice(0, -2);
  let printed = 0;
  for await (const page of pages) {
    const items = page.map((item) => schema.parse(item));
    const lines = json
      ? items.map((item, index) => `${printed + index === 0 ? begin : ','}${JSON.stringify(item)}`)
      : toLines(items);
    if (lines.length > 0 && !print(...lines)) await once(process.stdout, 'drain');
    printed += items.length;
  }
  if (json) print(printed === 0 ? `${begin}]}` : ']}');
  return printed;
}
