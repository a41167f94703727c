import * as z from 'zod';

/** For each partition, the index row that was read last; undefined before the first one, null after the last one. */
export type Positions = readonly (string | null | undefined)[];

const cursorSchema = z.array(z.string().nullable());

/** Undefined where all partitions were read to their end. */
export const encodeCursor = (positions: Positions): string | undefined =>
  positions.every((position) => position === null)
    ? undefined
    : JSON.stringify(positions.map((position) => (position === undefined ? '' : position)));

/** @throws where the text is not one that `encodeCursor` made */
export const decodeCursor = (text: string): Positions =>
  cursorSchema.parse(JSON.parse(text)).map((position) => (position === '' ? undefined : position));
