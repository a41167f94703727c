import type { Clock } from '../platform/clock.ts';
import { StorageUnavailable } from '../platform/storage-unavailable.ts';
import type { RequestRecord } from '../requests/record/record.ts';
import { WebexFailure } from '../webex/errors/failure.ts';
import { isPersonalCalling } from '../webex/license.ts';
import { toCause } from './cause.ts';
import { countRemoval, findCounted, findFull, type Removal } from './removal-counter.ts';
import type { RemovalLimiter } from './removal-limiter.ts';

/** How many people of a batch lose something now, as far as can be told, and how many wait. */
export interface RemovalForecast {
  readonly people: number;
  readonly canGoNow: number;
  readonly needApproval: number;
  /** The commands to approve what waits, one for each cause. */
  readonly approve?: readonly string[];
}

interface Deps {
  readonly removals: Pick<RemovalLimiter, 'limits' | 'read'>;
  readonly clock: Clock;
  readonly sleep: (delayMs: number) => Promise<void>;
}

/** The answer to a batch waits no longer than this. */
const PATIENCE_MS = 3_000;

/**
 * Counts the removals of a batch against the limits, without reserving anything: what else is removed meanwhile counts,
 * too. Undefined where nothing is removed, no limit is in force, or storage or Webex does not answer in time.
 */
export function createForecastRemovals({ removals, clock, sleep }: Deps) {
  return async function forecastRemovals(
    records: readonly RequestRecord[],
  ): Promise<RemovalForecast | undefined> {
    const asked = records.flatMap((record) => {
      const removal = toRemoval(record);
      return removal ? [{ record, removal }] : [];
    });
    if (asked.length === 0) return undefined;
    try {
      return await Promise.race([forecast(asked), sleep(PATIENCE_MS).then(() => undefined)]);
    } catch (error) {
      if (error instanceof StorageUnavailable || error instanceof WebexFailure) return undefined;
      throw error;
    }
  };

  async function forecast(asked: readonly { record: RequestRecord; removal: Removal }[]) {
    const going = new Set<string>();
    const waiting = new Set<string>();
    const causes = new Set<string>();
    const orgIds = new Set(asked.map(({ record }) => record.request?.orgId));
    const now = clock();
    for (const orgId of orgIds) {
      const limits = await removals.limits(orgId);
      if (limits.length === 0) return undefined;
      let counter = await removals.read(orgId);
      for (const { record, removal } of asked) {
        if (record.request?.orgId !== orgId) continue;
        if (findFull(counter, removal, limits, now)) {
          waiting.add(record.personKey);
          causes.add(toCause(record));
        } else {
          counter = countRemoval(counter, removal, findCounted(counter, removal.personKey), limits, now);
          going.add(record.personKey);
        }
      }
    }
    const approve = [...causes].map((cause) => `seatline approve ${cause} --reason …`);
    return {
      people: new Set([...going, ...waiting]).size,
      canGoNow: [...going].filter((personKey) => !waiting.has(personKey)).length,
      needApproval: waiting.size,
      ...(approve.length > 0 && { approve }),
    };
  }
}

/** What a request would remove; undefined where it removes nothing. */
function toRemoval({ personKey, request }: RequestRecord): Removal | undefined {
  if (request === undefined || request.dryRun) return undefined;
  const removed = request.licenses.filter(({ operation }) => operation === 'remove');
  if (removed.length === 0 && !request.siteUrls.some(({ operation }) => operation === 'remove'))
    return undefined;
  const isCalling = removed.some(({ license }) => {
    const [id, name] = typeof license === 'string' ? [license, license] : ['', license.name];
    return isPersonalCalling({ id, name });
  });
  return { personKey, isCalling };
}
