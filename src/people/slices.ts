import { setImmediate as nextTurn } from 'node:timers/promises';
import { gunzipSync, gzipSync } from 'node:zlib';
import { type ByteText, createByteText } from '../platform/byte-text.ts';
import { toCanonicalId } from '../webex/webex-id.ts';
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
export const toPersonSlice = (toSlice: ToSlice, id: string): number => toSlice(toCanonicalId('PEOPLE', id));

/** One line of the index of addresses. */
export interface AddressLine {
  readonly email: string;
  readonly id: string;
  /** Webex finds nobody outside the organization by an address. */
  readonly isOutside?: true;
}

/** What was read and is no part yet: lines with their ends, in the order of reading. */
interface Collected {
  rows: number;
  readonly text: ByteText;
  /** Of each line, its slice and its end in the text. */
  readonly slices: number[];
  readonly ends: number[];
}

/**
 * Collects what is read until it becomes a part. It has memory for two parts, which it uses in turn: one is collected
 * while the other is packed.
 */
export function createCollector(toSlice: ToSlice) {
  const create = (): Collected => ({ rows: 0, text: createByteText(), slices: [], ends: [] });
  let [current, other] = [create(), create()];
  const add = (slice: number, line: object) => {
    current.text.add(`${JSON.stringify(line)}\n`);
    current.slices.push(slice);
    current.ends.push(current.text.length);
  };
  return {
    add(person: SnapshotPerson): void {
      current.rows += 1;
      add(toPersonSlice(toSlice, person.id), person);
      for (const text of new Set(person.emails.map(toAddress))) {
        const line: AddressLine = {
          ...{ email: text, id: person.id },
          ...(person.isOutside && { isOutside: true }),
        };
        add(SLICES + toSlice(text), line);
      }
    },
    /** What was collected: good until the next but one is taken. */
    take(): Collected {
      [current, other] = [other, current];
      current.rows = 0;
      current.text.clear();
      current.slices.length = 0;
      current.ends.length = 0;
      return other;
    },
  };
}

interface Packed {
  readonly bytes: Buffer;
  /** Where each slice begins, and the end of the last one. */
  readonly offsets: readonly number[];
}

/** Parts are read twice and removed: less work counts for more than fewer bytes. */
const PART_LEVEL = 1;
/** Slices that are compressed before others get their turn: some 10 ms. */
const SLICES_PER_TURN = 32;

/** Compresses the lines of each slice as a gzip member, so that it can be read by itself. */
export async function pack({ text, slices, ends }: Collected): Promise<Packed> {
  const linesOf = Array.from({ length: ALL_SLICES }, (): number[] => []);
  for (const [line, slice] of slices.entries()) linesOf[slice]?.push(line);
  const members: Buffer[] = [];
  const offsets = [0];
  const lines = createByteText();
  for (const [slice, indexes] of linesOf.entries()) {
    lines.clear();
    for (const line of indexes) lines.add(text.view(ends[line - 1] ?? 0, ends[line]));
    const member = lines.length === 0 ? Buffer.alloc(0) : gzipSync(lines.view(), { level: PART_LEVEL });
    members.push(member);
    offsets.push((offsets.at(-1) ?? 0) + member.length);
    if (slice % SLICES_PER_TURN === 0) await nextTurn();
  }
  return { bytes: Buffer.concat(members), offsets };
}

/** The lines of gzip members that follow each other. */
export const unpack = (bytes: Buffer): readonly string[] =>
  bytes.length === 0 ? [] : gunzipSync(bytes).toString('utf8').split('\n').filter(Boolean);
