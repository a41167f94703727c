import { crc32 } from 'node:zlib';
import { createByteText } from '../platform/byte-text.ts';
import { toUuid } from '../webex/webex-id.ts';

/** People, and addresses too, fall into so many slices by a hash: a bucket of a snapshot is one slice or more. */
export const SLICES = 256;
const SLICE_SHIFT = 24;

/** The slice of an address, 0 to 255: each gets as many. */
export const toSlice = (text: string): number => crc32(text) >>> SLICE_SHIFT;

/** The slice of a person, however the id is spelled. */
export const toPersonSlice = (id: string): number => toSlice(toUuid('PEOPLE', id) ?? id);

/** The slices of a bucket. */
export const toSliceRange = (bucket: number, buckets: number) => {
  const slices = SLICES / buckets;
  return { from: bucket * slices, to: (bucket + 1) * slices };
};

/** What a slice has of people, then what it has of their addresses. */
export const KINDS = ['people', 'addresses'] as const;
export type Kind = (typeof KINDS)[number];

/** Where the lines of a kind and slice are among the groups of a part. */
export const toGroup = (slice: number, kind: Kind): number => KINDS.length * slice + KINDS.indexOf(kind);

/** A part, ready to be written. */
export interface Packed {
  readonly rows: number;
  readonly bytes: Buffer;
  /** Where each group begins, and the end of the last one. */
  readonly offsets: readonly number[];
}

/**
 * Collects lines until they become a part in which those of a group lie together, in memory that is used again: a part is
 * good until the next one is taken.
 */
export function createCollector() {
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

    /** The part, which is then begun anew. */
    take(): Packed {
      const all = text.view();
      const offsets = [0];
      sorted.clear();
      for (const ofGroup of places) {
        for (let at = 0; at < ofGroup.length; at += 2)
          sorted.addRange(all, ofGroup[at] ?? 0, ofGroup[at + 1] ?? 0);
        offsets.push(sorted.length);
        ofGroup.length = 0;
      }
      const packed = { rows, bytes: sorted.view(), offsets };
      text.clear();
      rows = 0;
      return packed;
    },
  };
}
