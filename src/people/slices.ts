import { setImmediate as nextTurn } from 'node:timers/promises';
import { gunzipSync, gzipSync } from 'node:zlib';
import { createByteText } from '../platform/byte-text.ts';
import { toUuid } from '../webex/webex-id.ts';
import { type SnapshotPerson, toAddress } from './person.ts';

/** People, and addresses too, fall into so many slices by a hash: a bucket of a snapshot is one slice or more. */
export const SLICES = 256;
/** Of a part: a slice of people each, then a slice of addresses each. */
const ALL_SLICES = 2 * SLICES;
const SLICE_SHIFT = 24;

/** The slice of a text, 0 to 255. */
export type ToSlice = (text: string) => number;

/** By xxHash32: ids and addresses have much in common, and each slice gets as many. */
export async function loadToSlice(): Promise<ToSlice> {
  const { default: load } = await import('xxhash-wasm');
  const { h32 } = await load();
  return (text) => h32(text) >>> SLICE_SHIFT;
}

/** The slice of a person, however the id is spelled. */
export const toPersonSlice = (toSlice: ToSlice, id: string): number => toSlice(toUuid('PEOPLE', id) ?? id);

/** One line of the index of addresses. */
export interface AddressLine {
  readonly email: string;
  readonly id: string;
  /** The other addresses of the person, where there are any. */
  readonly others?: readonly string[];
  readonly isOutside?: true;
}

/** The lines of a person in the index: one for each address. */
export function toAddressLines({ id, emails, isOutside }: SnapshotPerson): readonly AddressLine[] {
  const all = [...new Set(emails.map(toAddress))];
  return all.map((email) => {
    const line: AddressLine = isOutside ? { email, id, isOutside } : { email, id };
    return all.length === 1 ? line : { ...line, others: all.filter((other) => other !== email) };
  });
}

/** A part, ready to be written. */
export interface Packed {
  readonly rows: number;
  readonly bytes: Buffer;
  /** Where each slice begins, and the end of the last one. */
  readonly offsets: readonly number[];
}

/** The buckets of a snapshot are made of the members of parts: two snapshots are kept, so that time counts, not bytes. */
const PART_LEVEL = 1;
/** Slices that are compressed before others get their turn: some 10 ms. */
const SLICES_PER_TURN = 32;

/** Collects what is read until it becomes a part, in memory that each part uses again. */
export function createCollector(toSlice: ToSlice) {
  const text = createByteText();
  const lines = createByteText();
  /** Where each line of a slice is in the text: begin and end in turn. */
  const places = Array.from({ length: ALL_SLICES }, (): number[] => []);
  let rows = 0;
  const add = (slice: number, line: object) => {
    const begin = text.length;
    text.add(`${JSON.stringify(line)}\n`);
    places[slice]?.push(begin, text.length);
  };

  return {
    add(person: SnapshotPerson): void {
      rows += 1;
      add(toPersonSlice(toSlice, person.id), person);
      for (const line of toAddressLines(person)) add(SLICES + toSlice(line.email), line);
    },

    /** Compresses the lines of each slice as a gzip member, so that it can be read by itself, and forgets them. */
    async pack(): Promise<Packed> {
      const members: Buffer[] = [];
      const offsets = [0];
      const all = text.view();
      for (const [slice, ofSlice] of places.entries()) {
        lines.clear();
        for (let line = 0; line < ofSlice.length; line += 2)
          lines.addRange(all, ofSlice[line] ?? 0, ofSlice[line + 1] ?? 0);
        const member = lines.length === 0 ? Buffer.alloc(0) : gzipSync(lines.view(), { level: PART_LEVEL });
        members.push(member);
        offsets.push((offsets.at(-1) ?? 0) + member.length);
        ofSlice.length = 0;
        if (slice % SLICES_PER_TURN === 0) await nextTurn();
      }
      const packed = { rows, bytes: Buffer.concat(members), offsets };
      text.clear();
      rows = 0;
      return packed;
    },
  };
}

/** Some lines as one gzip member. */
export const pack = (lines: readonly string[]): Buffer =>
  gzipSync(lines.map((line) => `${line}\n`).join(''), { level: PART_LEVEL });

/** The lines of gzip members that follow each other. */
export const unpack = (bytes: Buffer): readonly string[] =>
  bytes.length === 0 ? [] : gunzipSync(bytes).toString('utf8').split('\n').filter(Boolean);
