import { type HttpAnswer, toProblem } from '../http/problem.ts';
import { batchSchema } from './license-request.ts';
import type { State } from './record/states.ts';
import type { RequestStore } from './store.ts';

interface Deps {
  readonly requestStore: Pick<RequestStore, 'ofBatch'>;
  /** What an operator holds back now. */
  readonly readPause: () => Promise<{ readonly paused: boolean }>;
}

const PAGE = 500;
/** The limit of requests that one answer counts. */
const MAX_COUNTED = 5_000;

/** Counts the requests of a batch by state, and those that wait by reason. */
export function createReadBatch({ requestStore, readPause }: Deps) {
  return async function readBatch(name: string): Promise<HttpAnswer> {
    const states: Partial<Record<State, number>> = {};
    const waiting: Record<string, number> = {};
    const causes = new Set<string>();
    let requests = 0;
    let next: string | undefined;
    if (!batchSchema.safeParse(name).success) return toUnknown();
    do {
      const page = await requestStore.ofBatch(name, PAGE, next);
      for (const { state, waiting: wait } of page.records) {
        states[state] = (states[state] ?? 0) + 1;
        if (wait) waiting[wait.for] = (waiting[wait.for] ?? 0) + 1;
        if (wait?.cause !== undefined) causes.add(wait.cause);
      }
      requests += page.records.length;
      next = page.next;
    } while (next !== undefined && requests < MAX_COUNTED);
    if (requests === 0) return toUnknown();
    const pause = await readPause();
    const jsonBody = {
      ...{ batch: name, requests, states, waiting },
      ...(causes.size > 0 && { causes: [...causes] }),
      ...(next !== undefined && { isMore: true }),
      ...(pause.paused && { pause }),
    };
    return { status: 200, headers: { 'cache-control': 'no-store' }, jsonBody };
  };
}

const toUnknown = () =>
  toProblem('unknown-batch', { detail: 'No request that is kept has this batch name.' });
