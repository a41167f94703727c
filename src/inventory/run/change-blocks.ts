import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type * as z from 'zod';
import type { assignmentChangeSchema } from '../schemas/diff.ts';
import type { HolderLine } from './holders.ts';
import type { HolderChange } from './people-diff.ts';

export interface ChangeBlock {
  /** A gzip member. */
  readonly member: Buffer;
  readonly rows: number;
}

const compress = promisify(gzip);
const LINES_PER_BLOCK = 2_000;

/** The lines of who gained and lost a license, compressed. */
export async function* toChangeBlocks(
  changes: AsyncIterable<HolderChange<HolderLine>>,
): AsyncGenerator<ChangeBlock> {
  let lines: string[] = [];
  const close = async (): Promise<ChangeBlock> => {
    const [text, rows] = [lines.join(''), lines.length];
    lines = [];
    return { member: await compress(text), rows };
  };
  for await (const { change, holder } of changes) {
    const more: Pick<z.output<typeof assignmentChangeSchema>, 'change'> = { change };
    // The line as it is, with one member before the others.
    const line = `${JSON.stringify(more).slice(0, -1)},${holder.line.slice(1)}\n`;
    if (lines.push(line) >= LINES_PER_BLOCK) yield await close();
  }
  if (lines.length > 0) yield await close();
}
