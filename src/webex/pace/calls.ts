/** The calls of an instance that have no answer yet. */
export interface Calls {
  /** @returns what to do when it has ended; a call that was answered tells how long one takes */
  readonly begin: (isProbe: boolean) => (how: 'answered' | 'otherwise') => void;
  readonly count: () => number;
  readonly probes: () => number;
  readonly latencyMs: () => number;
}

const FIRST_GUESS_OF_LATENCY_MS = 200;
/** Of what is known of the latency, how much is the last call's. */
const LAST_SHARE = 1 / 8;

export function createCalls(now: () => number): Calls {
  let count = 0;
  let probes = 0;
  let latencyMs = FIRST_GUESS_OF_LATENCY_MS;
  return {
    begin(isProbe) {
      const beganAtMs = now();
      count += 1;
      if (isProbe) probes += 1;
      return (how) => {
        count -= 1;
        if (isProbe) probes -= 1;
        if (how === 'answered') latencyMs += LAST_SHARE * (now() - beganAtMs - latencyMs);
      };
    },
    count: () => count,
    probes: () => probes,
    latencyMs: () => latencyMs,
  };
}
