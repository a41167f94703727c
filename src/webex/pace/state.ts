import * as z from 'zod';

const ms = z.number();
const count = z.number().int();

/** What a cycle that ended with a 429 was good for. */
const cycleSchema = z.object({
  cycle: count.default(0),
  accepted: count,
  /** From the 429 before to its own. */
  spanMs: ms,
  /** How long the server then wanted to be left alone. */
  pauseMs: ms,
  /** From its first call to the end of that pause. */
  periodMs: ms,
  /** Whether it may have begun in the middle of a window. */
  isGuess: z.boolean().default(false),
});

/**
 * What all instances know about how fast the organization may be called. A cycle lasts from the end of one pause to
 * the next 429. Times end in AtMs or UntilMs, and are in ms since 1970. What a row of an earlier version does not have
 * has a default.
 */
export const paceStateSchema = z.object({
  cycle: count,
  /** May be ahead, while there is a pause. */
  startedAtMs: ms,
  /** Whether a window may have begun before: no pause ended then. */
  isGuess: z.boolean().default(true),
  /** From when calls count for this cycle: when the last 429 was, or when a cycle ended without one. */
  countedFromMs: ms,
  /** Calls that were permitted in this cycle, and how many of them were probes. */
  taken: count,
  probed: count,
  /** The last ones, the latest last. */
  cycles: z.array(cycleSchema),
  /** Whether the server gives leave drop by drop, rather than by the window. */
  isBucket: z.boolean(),
  /** What may be called by now at the rate of such a server; negative: permitted ahead. */
  tokens: z.number(),
  tokensAtMs: ms,
  pausedUntilMs: ms,
  /** Of a pause that the server did not name: how long it is by now, and how often its end was tried. */
  waitedMs: ms,
  tries: count,
  /** Whether such a pause ever turned out to be long enough. */
  isWaitKnown: z.boolean(),
  /** Whether it must turn out now. */
  isTrying: z.boolean(),
  /** Who goes ahead where it is not known what passes, and until when nobody else does. */
  leader: z.object({ instance: z.string(), untilMs: ms }).optional(),
  /** Until when no more is given to those who have somebody waiting, beside all others. */
  fewAtMs: ms.default(0),
  /** Who called lately, and until when their permits are good. */
  instances: z.record(z.string(), z.object({ seenAtMs: ms, holdsUntilMs: ms })),
});

export type PaceState = z.output<typeof paceStateSchema>;
export type Cycle = z.output<typeof cycleSchema>;

/** Nothing is known: the limit is found by calling. */
export const newPaceState = (nowMs: number): PaceState => ({
  cycle: 1,
  startedAtMs: nowMs,
  isGuess: true,
  countedFromMs: nowMs,
  taken: 0,
  probed: 0,
  cycles: [],
  isBucket: false,
  tokens: 0,
  tokensAtMs: nowMs,
  pausedUntilMs: 0,
  waitedMs: 0,
  tries: 0,
  isWaitKnown: false,
  isTrying: false,
  fewAtMs: 0,
  instances: {},
});
