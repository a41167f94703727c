import * as z from 'zod';
import { type Immutable, stored } from '../platform/stored.ts';

export const CHANNELS = ['http', 'queue', 'hr'] as const;

/** How a request came in, and by whose permission. */
export const originSchema = stored({
  channel: z.enum(CHANNELS),
  /**
   * Which key opened the door, never the key itself: of a function key, the first 8 hex digits of its SHA-256; of an
   * HR source, its place among the source's secrets, such as `secrets/0`.
   */
  key: z.string().exactOptional(),
});
export type Origin = Immutable<z.output<typeof originSchema>>;
