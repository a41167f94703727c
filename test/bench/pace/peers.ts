import Bottleneck from 'bottleneck';
import PQueue from 'p-queue';
import { ALLOWED_PER_SECOND, WINDOW_MS } from './limits.ts';
import { change, createClient, rest, type Side, workAtOnce } from './side.ts';

const isDone = ({ status }: { readonly status: number }) => status === 200;
/** What wxc_sdk 1.37 waits where a 429 names no time. */
const SDK_DEFAULT_MS = 5_000;
const RETRY_MS = 100;
const PER_WINDOW = (ALLOWED_PER_SECOND * WINDOW_MS) / 1_000;

/** Again after 100 ms, whatever the answer says. */
export const naive: Side = {
  name: 'naive retry every 100 ms',
  async run(apiUrl, work, signal) {
    const client = createClient(apiUrl);
    await workAtOnce(10, work, signal, async (next) => {
      if (isDone(await change(client, next))) return true;
      await rest(RETRY_MS, signal);
      return false;
    });
  },
};

/** On a 429 sleeps for Retry-After, and holds its place meanwhile. */
export const sdkRule = (atOnce: number): Side => ({
  name: `the SDK's rule, ${atOnce} at once`,
  async run(apiUrl, work, signal) {
    const client = createClient(apiUrl);
    await workAtOnce(atOnce, work, signal, async (next) => {
      const answer = await change(client, next);
      if (isDone(answer)) return true;
      await rest(answer.retryAfterMs ?? SDK_DEFAULT_MS, signal);
      return false;
    });
  },
});

/** Told the limit, which nobody is. */
export const bottleneck: Side = {
  name: 'bottleneck, told the limit',
  async run(apiUrl, work, signal) {
    const client = createClient(apiUrl);
    const limiter = new Bottleneck({
      reservoir: PER_WINDOW,
      reservoirRefreshAmount: PER_WINDOW,
      reservoirRefreshInterval: WINDOW_MS,
      maxConcurrent: 10,
    });
    const ended = over(signal);
    await workAtOnce(10, work, signal, async (next) => {
      const answer = await Promise.race([limiter.schedule(() => change(client, next)), ended]);
      if (answer === undefined || isDone(answer)) return answer !== undefined;
      await rest(answer.retryAfterMs ?? SDK_DEFAULT_MS, signal);
      return false;
    });
    await limiter.disconnect();
  },
};

/** Told the limit, too. */
export const pQueue: Side = {
  name: 'p-queue, told the limit',
  async run(apiUrl, work, signal) {
    const client = createClient(apiUrl);
    const queue = new PQueue({ concurrency: 10, interval: WINDOW_MS, intervalCap: PER_WINDOW });
    const ended = over(signal);
    await workAtOnce(10, work, signal, async (next) => {
      const answer = await Promise.race([queue.add(() => change(client, next)), ended]);
      if (answer === undefined || isDone(answer)) return answer !== undefined;
      await rest(answer.retryAfterMs ?? SDK_DEFAULT_MS, signal);
      return false;
    });
    queue.clear();
  },
};

const over = (signal: AbortSignal): Promise<undefined> =>
  new Promise((resolve) => signal.addEventListener('abort', () => resolve(undefined), { once: true }));
