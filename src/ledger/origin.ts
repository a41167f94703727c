export const CHANNELS = ['http', 'queue', 'hr'] as const;

/** How a request came in, and by whose leave. */
export interface Origin {
  readonly channel: (typeof CHANNELS)[number];
  /**
   * Which key opened the door, never the key itself: of a function key, the first 8 hex digits of its SHA-256; of an
   * HR source, its place among the source's secrets, such as `secrets/0`.
   */
  readonly key?: string;
}
