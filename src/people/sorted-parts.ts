import pMap from 'p-map';
import * as z from 'zod';
import { createByteText } from '../platform/byte-text.ts';
import { stored } from '../platform/stored.ts';
import type { PeopleStore } from './ports.ts';
import { SLICES, type SliceRange } from './slices.ts';

/** What a slice has of people, then what it has of their addresses. */
const KINDS = ['people', 'addresses'] as const;
export type Kind = (typeof KINDS)[number];
const toGroup = (slice: number, kind: Kind) => KINDS.length * slice + KINDS.indexOf(kind);

/** A file of lines in which those of a slice and kind lie together. It never changes. */
export const partSchema = stored({
  path: z.string(),
  /** Of people. */
  rows: z.number().int(),
  /** Where the people and the addresses of each slice begin, and the end. */
  offsets: z.array(z.number().int()),
});
export type Part = z.output<typeof partSchema>;

/** Collects lines in memory that is used again, and writes them as parts. */
export function createPartWriter(store: Pick<PeopleStore, 'write'>) {
  const [text, sorted] = [createByteText(), createByteText()];
  /** Where each line of a group is in the text: begin and end in turn. */
  const places = Array.from({ length: KINDS.length * SLICES }, (): number[] => []);
  let rows = 0;

  return {
    add(slice: number, kind: Kind, line: object): void {
      const begin = text.length;
      text.add(`${JSON.stringify(line)}\n`);
      places[toGroup(slice, kind)]?.push(begin, text.length);
      if (kind === 'people') rows += 1;
    },

    /** Lines may be added to the next part meanwhile. @returns undefined where there are no lines */
    async write(path: string): Promise<Part | undefined> {
      const part = { path, rows, offsets: [0] };
      const all = text.view();
      sorted.clear();
      for (const ofGroup of places) {
        for (let at = 0; at < ofGroup.length; at += 2)
          sorted.addRange(all, ofGroup[at] ?? 0, ofGroup[at + 1] ?? 0);
        part.offsets.push(sorted.length);
        ofGroup.length = 0;
      }
      text.clear();
      rows = 0;
      if (sorted.length === 0) return undefined;
      await store.write(path, sorted.view());
      return part;
    },
  };
}

const READS_AT_ONCE = 8;

/** Reads some slices of all parts. @returns the lines of slices among them, in the order in which they were added */
export async function readSlices(
  store: Pick<PeopleStore, 'read'>,
  parts: readonly Part[],
  { from, to }: SliceRange,
): Promise<(slices: SliceRange, kind: Kind) => Buffer> {
  const [first, end] = [toGroup(from, 'people'), toGroup(to, 'people')];
  const read = await pMap(
    parts,
    async ({ path, offsets }) => {
      const [offset = 0, after = 0] = [offsets[first], offsets[end]];
      const bytes =
        after > offset ? await store.read(path, { offset, bytes: after - offset }) : Buffer.alloc(0);
      if (bytes?.length !== after - offset) throw new Error(`${path} is not what was written`);
      return (group: number) =>
        bytes.subarray((offsets[group] ?? 0) - offset, (offsets[group + 1] ?? 0) - offset);
    },
    { concurrency: READS_AT_ONCE },
  );
  return (slices, kind) => {
    const found: Buffer[] = [];
    for (let slice = slices.from; slice < slices.to; slice += 1)
      found.push(...read.map((linesOf) => linesOf(toGroup(slice, kind))));
    return Buffer.concat(found);
  };
}
