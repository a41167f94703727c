import { setImmediate as nextTurn } from 'node:timers/promises';
import { gunzipSync, gzipSync } from 'node:zlib';
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

/** What was read and is no part yet. */
export interface Sliced {
  readonly rows: number;
  /** Lines with their ends, by slice. */
  readonly texts: readonly string[];
}

export function createCollector(toSlice: ToSlice) {
  const none = () => Array.from({ length: ALL_SLICES }, () => '');
  let texts = none();
  let rows = 0;
  const add = (slice: number, line: object) => {
    texts[slice] = `${texts[slice] ?? ''}${JSON.stringify(line)}\n`;
  };
  return {
    add(person: SnapshotPerson): void {
      rows += 1;
      add(toPersonSlice(toSlice, person.id), person);
      for (const text of new Set(person.emails.map(toAddress))) {
        const line: AddressLine = {
          ...{ email: text, id: person.id },
          ...(person.isOutside && { isOutside: true }),
        };
        add(SLICES + toSlice(text), line);
      }
    },
    take(): Sliced {
      const taken = { rows, texts };
      texts = none();
      rows = 0;
      return taken;
    },
  };
}

export interface Packed {
  readonly bytes: Buffer;
  /** Where each slice begins, and the end of the last one. */
  readonly offsets: readonly number[];
}

/** Parts are read twice and removed: less work counts for more than fewer bytes. */
const PART_LEVEL = 1;
/** Slices that are compressed before others get their turn: some 10 ms. */
const SLICES_PER_TURN = 32;

/** Compresses each slice by itself, as a gzip member, so that it can be read by itself. */
export async function pack(texts: readonly string[]): Promise<Packed> {
  const members: Buffer[] = [];
  const offsets = [0];
  for (const [slice, text] of texts.entries()) {
    const member = text === '' ? Buffer.alloc(0) : gzipSync(text, { level: PART_LEVEL });
    members.push(member);
    offsets.push((offsets.at(-1) ?? 0) + member.length);
    if (slice % SLICES_PER_TURN === 0) await nextTurn();
  }
  return { bytes: Buffer.concat(members), offsets };
}

/** The lines of gzip members that follow each other. */
export const unpack = (bytes: Buffer): readonly string[] =>
  bytes.length === 0 ? [] : gunzipSync(bytes).toString('utf8').split('\n').filter(Boolean);
