/** A clock that moves when nothing is left to do before it: hours pass in a moment, each time in the same way. */
export interface VirtualTime {
  readonly clock: () => Date;
  readonly sleep: (delayMs: number) => Promise<void>;
  pass(ms: number): Promise<void>;
}

interface Alarm {
  readonly atMs: number;
  readonly ring: () => void;
}

const START_MS = Date.UTC(2026, 10, 25);

/** @param settle waits until all that needs no virtual time is done */
export function createVirtualTime(settle: () => Promise<void> = settlePromises): VirtualTime {
  let nowMs = START_MS;
  let alarms: readonly Alarm[] = [];

  return {
    clock: () => new Date(nowMs),
    sleep: (delayMs) =>
      new Promise((ring) => {
        alarms = [...alarms, { atMs: nowMs + Math.max(0, delayMs), ring }];
      }),
    async pass(ms) {
      const endMs = nowMs + ms;
      for (;;) {
        await settle();
        const nextMs = Math.min(...alarms.map(({ atMs }) => atMs));
        if (nextMs > endMs) break;
        nowMs = Math.max(nowMs, nextMs);
        const due = alarms.filter(({ atMs }) => atMs <= nowMs);
        alarms = alarms.filter(({ atMs }) => atMs > nowMs);
        for (const { ring } of due) ring();
      }
      nowMs = endMs;
    },
  };
}

/** Until all that was promised is done. */
async function settlePromises(): Promise<void> {
  for (let turns = 0; turns < 3; turns += 1) await new Promise((resolve) => setImmediate(resolve));
}
