import * as z from 'zod';
import { type Tail, toHash, toStart } from './chain.ts';
import { type Line, toLines } from './lines.ts';

/** A fault of a file, and the first line, counted from 1, with it. */
interface Wrong {
  readonly line: number;
  readonly what: 'changed' | 'cut' | 'swapped' | 'inserted' | 'missing' | 'unreadable';
  readonly detail: string;
}

export interface Verified {
  readonly lines: number;
  readonly wrong?: Wrong;
}

const linkSchema = z.object({ seq: z.number().int(), prev: z.string() });

/**
 * Verifies the chain of a file from its path to its end, with one line in memory.
 * @param content undefined where the file does not exist
 * @param head a file may have more lines than its head, never fewer
 */
export async function verifyFile(
  path: string,
  content: AsyncIterable<Uint8Array> | undefined,
  head: Tail | undefined,
): Promise<Verified> {
  if (content === undefined) {
    return {
      lines: 0,
      wrong: { line: 1, what: 'missing', detail: `${head?.count ?? 0} lines were written` },
    };
  }
  let tail = toStart(path);
  let lines = 0;
  let wrong: Wrong | undefined;
  for await (const line of toLines(content)) {
    lines += 1;
    if (wrong) {
      // A missing line may be at another place.
      if (wrong.what === 'cut' && toLink(line)?.seq === wrong.line) wrong = toSwapped(wrong.line, lines);
      continue;
    }
    wrong = findBreak(line, tail);
    tail = { count: lines, hash: toHash(line.bytes) };
    if (head?.count === lines && head.hash !== tail.hash)
      wrong ??= toChanged(lines, 'it differs from the line that was written');
  }
  if (!wrong && head && lines < head.count) {
    wrong = { line: lines + 1, what: 'cut', detail: `${head.count} lines were written` };
  }
  return { lines, ...(wrong && { wrong }) };
}

function findBreak(line: Line, tail: Tail): Wrong | undefined {
  const here = tail.count + 1;
  if (!line.isWhole) return { line: here, what: 'cut', detail: 'the line has no end' };
  const link = toLink(line);
  if (link === undefined) return toChanged(here, 'it is not a line of an audit trail');
  if (link.seq > here) return { line: here, what: 'cut', detail: `line ${link.seq} is in its place` };
  if (link.seq < here) return { line: here, what: 'inserted', detail: `it says that it is line ${link.seq}` };
  if (link.prev === tail.hash) return undefined;
  return tail.count === 0
    ? toChanged(here, 'it is not the first line of this file')
    : toChanged(tail.count, `line ${here} was written after another line`);
}

const toChanged = (line: number, detail: string): Wrong => ({ line, what: 'changed', detail });
const toSwapped = (line: number, place: number): Wrong => ({
  line,
  what: 'swapped',
  detail: `line ${line} is in the place of line ${place}`,
});

function toLink({ bytes }: Line): z.output<typeof linkSchema> | undefined {
  try {
    return linkSchema.safeParse(JSON.parse(Buffer.from(bytes).toString('utf8'))).data;
  } catch {
    return undefined;
  }
}
