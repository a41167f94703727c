import type { AuditTrail } from '../audit/trail.ts';
import type { PauseState } from '../guardrails/pause.ts';
import type { Numbers } from '../numbers/numbers.ts';
import type { Random } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import type { WorkTarget } from '../requests/queue-message.ts';
import type { RequestStore, WorkQueue } from '../requests/store.ts';
import type { Seats } from '../seats/seats.ts';
import type { Location } from '../webex/locations.ts';
import type { AttemptEnd } from './attempt/attempt-end.ts';
import type { Permits } from './attempt/permit.ts';
import type { Job } from './job.ts';
import type { FindLeaseDeps } from './lease/find-lease.ts';
import type { RetryPolicy } from './wait.ts';

/** The dependencies of the worker: its functions take them first. */
export interface Worker extends FindLeaseDeps {
  /** Finds the requests of a message; none where it was recorded as a dead letter. */
  readonly openMessage: (received: unknown, messageId: string, log: Log) => Promise<readonly WorkTarget[]>;
  readonly requestStore: Pick<
    RequestStore,
    'readPerson' | 'readName' | 'replace' | 'commit' | 'fits' | 'move'
  >;
  readonly messages: WorkQueue;
  readonly audit: AuditTrail;
  readonly permits: Permits;
  readonly seats: Pick<Seats, 'release'>;
  readonly numbers: Pick<Numbers, 'settle' | 'free'>;
  /** What an operator holds back now. @throws {StorageUnavailable} */
  readonly readPause: () => Promise<PauseState>;
  /** Notes that removals wait for approval, before their requests are stored as waiting. */
  readonly noteCause: (cause: string, log: Log) => Promise<void>;
  /** The locations of the token's own organization, as they were listed last. */
  readonly readKnownLocations: () => Promise<readonly Location[] | undefined>;
  /** `attemptRequests`, bound to its dependencies. */
  readonly attempt: (job: Job) => Promise<AttemptEnd>;
  /**
   * Tells that a request has ended, for a message that comes after the end: the instance that ended it may have
   * crashed before it told.
   */
  readonly tellEnded: (requestId: string) => Promise<void>;
  readonly policy: RetryPolicy;
  readonly random: Random;
  readonly instance: string;
}

/** The delay of a message where another instance holds the lease, or after a version conflict. */
export const CHECK_AGAIN_MS = 2_000;
