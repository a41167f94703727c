import { setTimeout as delay } from 'node:timers/promises';
import type { Chance } from './chance.ts';
import { type Cluster, HOSTS } from './cluster.ts';

/** A time without any storage, in which the hosts end, and are started again in vain. */
export interface Outage {
  readonly lastsMs: number;
  /** A host without storage ends after 26 times this. */
  readonly hostRetryMs: number;
}

interface Trouble {
  readonly cluster: Cluster;
  /** Over which time the requests come. */
  readonly overMs: number;
  readonly chance: Chance;
  readonly signal: AbortSignal;
}

/** Stops storage so many times, each time for as long as it takes to start again. @returns how often it was */
export async function stopStorage(
  { cluster, overMs, chance, signal }: Trouble,
  times: number,
): Promise<number> {
  let stopped = 0;
  for (; stopped < times && !signal.aborted; stopped += 1) {
    await delay((overMs / times) * (0.5 + chance.next() / 2));
    await cluster.restartStorage();
  }
  return stopped;
}

/** Cuts all off from storage in the midst of the requests; meanwhile one worker is killed, and one machine dies. */
export async function cutStorageOff(
  { cluster, overMs, chance, signal }: Trouble,
  { lastsMs }: Outage,
): Promise<void> {
  await delay(overMs * (0.2 + chance.next() / 2), undefined, { signal });
  cluster.setStorageAway(true);
  try {
    const early = lastsMs * (0.1 + chance.next() / 2);
    await delay(early, undefined, { signal });
    const host = chance.between(0, HOSTS - 1);
    cluster.crashWorker(host);
    await cluster.crashHost((host + 1) % HOSTS);
    await delay(lastsMs - early, undefined, { signal });
  } finally {
    cluster.setStorageAway(false);
  }
}
