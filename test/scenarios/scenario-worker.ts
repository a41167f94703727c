import { NOT_PAUSED } from '../../src/guardrails/pause.ts';
import type { Clock } from '../../src/platform/clock.ts';
import { createOpenMessage } from '../../src/requests/open-message.ts';
import type { RequestStore, WorkQueue } from '../../src/requests/store.ts';
import type { License } from '../../src/webex/license.ts';
import { attemptRequests } from '../../src/worker/attempt/attempt.ts';
import { createPermits } from '../../src/worker/attempt/permit.ts';
import type { WebexDeps } from '../../src/worker/attempt/webex-calls.ts';
import { handleMessage } from '../../src/worker/handle-message.ts';
import type { Worker } from '../../src/worker/worker.ts';
import { withMemory } from '../memory/known-licenses.ts';
import { NO_NUMBERS } from '../memory/numbers.ts';
import { createOpenRateLimiter } from '../unit/worker/open-rate-limiter.ts';

interface Deps {
  readonly requestStore: RequestStore;
  readonly workQueue: WorkQueue;
  readonly tellEnded: Worker['tellEnded'];
  readonly clock: Clock;
  /** The catalogue as it is now. */
  readonly licenses: () => readonly License[];
  readonly webex: WebexDeps['webex'];
}

const HORIZON_MS = 30 * 86_400_000;
const WINDOW_MS = 3_600_000;
const log = { info() {}, warn() {} };

/** The worker, with seats and guardrails as a scenario sets them. */
export function createScenarioWorker({ requestStore, workQueue, tellEnded, clock, licenses, webex }: Deps) {
  let free = new Map<string, number>();
  let needsApproval = false;
  const ownOrg = async () => undefined;
  const readPause = async () => NOT_PAUSED;
  const limit = { setting: 'MAX_REMOVALS_PER_HOUR', people: 0, windowMs: WINDOW_MS, isOfCalling: false };
  const removals = {
    limits: async () => (needsApproval ? [limit] : []),
    reserve: async () => ({ kind: 'full' as const, limit }),
    release: async () => {},
  };
  const seats = {
    noSeats: () => 'wait' as const,
    reserve: async ({ id }: License) => {
      const count = free.get(id);
      if (count !== undefined) free.set(id, Math.max(0, count - 1));
      return count === undefined || count > 0;
    },
    release: async () => {},
  };
  const catalogue = {
    licenses: async () => licenses(),
    readSince: async () => ({ licenses: licenses(), startedAt: clock() }),
  };
  const numbers = NO_NUMBERS;
  const attemptDeps = {
    numbers,
    webex,
    catalogue: withMemory(catalogue, clock),
    seats,
    removals,
    readPause,
    clock,
  };
  const base = { requestStore, ownOrg, orgIds: [], clock, instance: 'scenario' };
  const worker: Worker = {
    readKnownLocations: async () => undefined,
    ...base,
    ...{ messages: workQueue, seats, numbers, webex, readPause, tellEnded },
    openMessage: createOpenMessage(base),
    audit: { append: async () => {} },
    identify: async () => undefined,
    noteCause: async () => {},
    permits: createPermits({ rateLimiter: createOpenRateLimiter(clock), clock }),
    attempt: (job) => attemptRequests(attemptDeps, job),
    policy: { baseMs: 1_000, horizonMs: HORIZON_MS, personNotFoundDelaysMs: [300_000, 3_600_000] },
    random: () => 0.5,
  };
  return {
    perform: (message: unknown) => handleMessage(worker, message, 'message', log),
    setSeats(counts: Readonly<Record<string, number>>) {
      free = new Map([...free, ...Object.entries(counts)]);
    },
    setApproval(isNeeded: boolean) {
      needsApproval = isNeeded;
    },
  };
}
