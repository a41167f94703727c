import type { AuditTrail } from '../audit/trail.ts';
import type { Random } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import type { WorkTarget } from '../requests/queue-message.ts';
import type { RequestStore, WorkQueue } from '../requests/store.ts';
import type { Seats } from '../seats/seats.ts';
import type { AttemptEnd } from './attempt/attempt-end.ts';
import type { Permits } from './attempt/permit.ts';
import type { FindLeaseDeps } from './lease/find-lease.ts';
import type { Job } from './progress.ts';
import type { RetryPolicy } from './wait.ts';

/** What a worker works with: each of its functions is given it first. */
export interface Worker extends FindLeaseDeps {
  /** The requests that a message stands for; none where nothing is to be done: then it is recorded as a dead letter. */
  readonly openMessage: (received: unknown, messageId: string, log: Log) => Promise<readonly WorkTarget[]>;
  readonly requestStore: Pick<
    RequestStore,
    'readPerson' | 'readName' | 'replace' | 'commit' | 'fits' | 'move'
  >;
  /** Sends work messages. */
  readonly messages: WorkQueue;
  readonly audit: AuditTrail;
  readonly permits: Permits;
  readonly seats: Pick<Seats, 'release'>;
  /** `attemptRequests`, with what it works with. */
  readonly attempt: (job: Job) => Promise<AttemptEnd>;
  readonly policy: RetryPolicy;
  readonly random: Random;
  readonly instance: string;
}

/** How soon a message comes again where another instance holds the lease, or wrote the request meanwhile. */
export const CHECK_AGAIN_MS = 2_000;
