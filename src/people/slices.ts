import { crc32 } from 'node:zlib';
import { toUuid } from '../webex/webex-id.ts';

/** People, and addresses too, fall into so many slices by a hash: a bucket of a snapshot is one slice or more. */
export const SLICES = 256;
const SLICE_SHIFT = 24;

/** The slices from one on, up to another. */
export interface SliceRange {
  readonly from: number;
  readonly to: number;
}

/** The slice of an address, 0 to 255: each gets as many. */
export const toSlice = (text: string): number => crc32(text) >>> SLICE_SHIFT;

/** The slice of a person, however the id is spelled. */
export const toPersonSlice = (id: string): number => toSlice(toUuid('PEOPLE', id) ?? id);

/** The slices of some buckets: of one, or up to the last one. */
export function toSliceRange(bucket: number, buckets: number, last = bucket): SliceRange {
  const slices = SLICES / buckets;
  return { from: bucket * slices, to: (last + 1) * slices };
}

export const toBucket = (slice: number, buckets: number): number => Math.floor((slice * buckets) / SLICES);
