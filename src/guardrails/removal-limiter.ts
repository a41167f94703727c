import type { Clock } from '../platform/clock.ts';
import { createInOrder } from '../platform/in-order.ts';
import { retryOnConflict, VERSION_CONFLICT, type VersionConflict } from '../platform/version-conflict.ts';
import { WebexFailure } from '../webex/errors/failure.ts';
import { toUuid } from '../webex/webex-id.ts';
import { type Limit, type RemovalSettings, toLimits } from './limits.ts';
import {
  type Counted,
  countRemoval,
  findCounted,
  findFull,
  newRemovalCounter,
  type Removal,
  type RemovalCounter,
  type StoredRemovalCounter,
  uncountRemoval,
} from './removal-counter.ts';

/** One counter for each organization. */
export interface RemovalCounters {
  read(orgKey: string): Promise<StoredRemovalCounter | undefined>;
  write(counter: RemovalCounter | StoredRemovalCounter): Promise<StoredRemovalCounter | VersionConflict>;
}

/** A person who counts from `at` on. */
export interface Reservation {
  readonly kind: 'reserved';
  readonly personKey: string;
  readonly at: Date;
  /** How the person counted before; undefined where the person did not. */
  readonly before: Counted | undefined;
}

export interface RemovalLimiter {
  /** The limits in force for an organization; none where all are `off`. */
  limits(orgId: string | undefined): Promise<readonly Limit[]>;
  /**
   * Counts a person from whom something is about to be taken.
   * @returns the limit that has no room, where one has none: then nothing may be taken
   * @throws {StorageUnavailable}
   * @throws {WebexFailure} where other instances were faster each time
   */
  reserve(
    orgId: string | undefined,
    removal: Removal,
  ): Promise<Reservation | { readonly kind: 'full'; readonly limit: Limit }>;
  /** Nothing was taken from the person. If every write conflicts, the person counts for a window. */
  release(orgId: string | undefined, reservation: Reservation): Promise<void>;
  /** The counter as it is now. */
  read(orgId: string | undefined): Promise<RemovalCounter>;
}

interface Deps {
  readonly counters: RemovalCounters;
  readonly settings: RemovalSettings;
  /** How many people an organization has by the last snapshot, by its uuid; undefined where there is none. */
  readonly countPeople: (orgUuid: string) => Promise<number | undefined>;
  /** The uuid of the token's own organization; undefined where its licenses do not tell. */
  readonly ownOrg: () => Promise<string | undefined>;
  readonly clock: Clock;
}

/** Each conflict means that another instance has counted somebody. */
const MAX_CONFLICTS = 20;
/** The clock was set while the counter was written, or storage took this long: the counter is looked at once more. */
const CLOCK_JUMP_MS = 10_000;
const OWN_ORG = 'own';

/**
 * Counts over all instances from how many people something is taken, so that parallel requests together stay within the
 * limits. A person counts before the change is sent, by a conditional write: whatever dies after that, the person has
 * been counted. A person of an instance that died counts for a window, whether something was taken or not.
 */
export function createRemovalLimiter(deps: Deps): RemovalLimiter {
  const { counters, settings, countPeople, ownOrg, clock } = deps;
  const inOrder = createInOrder();

  /** To name the own organization is to leave it out: it has one counter. */
  async function toOrgKey(orgId: string | undefined): Promise<string> {
    const uuid = orgId === undefined ? undefined : toUuid('ORGANIZATION', orgId);
    if (orgId === undefined || (uuid !== undefined && uuid === (await ownOrg()))) return OWN_ORG;
    return uuid ?? orgId;
  }

  async function limits(orgId: string | undefined): Promise<readonly Limit[]> {
    if (settings.perDay !== undefined) return toLimits(settings, undefined);
    const uuid = orgId === undefined ? await ownOrg() : toUuid('ORGANIZATION', orgId);
    return toLimits(settings, uuid === undefined ? undefined : await countPeople(uuid));
  }

  const readCounter = async (orgKey: string) => (await counters.read(orgKey)) ?? newRemovalCounter(orgKey);

  return {
    limits,

    async reserve(orgId, removal) {
      const { personKey } = removal;
      const inForce = await limits(orgId);
      const orgKey = await toOrgKey(orgId);
      let before: Counted | undefined;
      let attempts = 0;
      const reserved = await inOrder(orgKey, () =>
        retryOnConflict(async () => {
          const counter = await readCounter(orgKey);
          // After the read, whose answer told the time of storage.
          const at = clock();
          if (attempts === 0) before = findCounted(counter, personKey);
          attempts += 1;
          const limit = findFull(counter, removal, inForce, at);
          if (limit) return endFull(counter, limit);
          const counted = countRemoval(counter, removal, before, inForce, at);
          const written = await counters.write(counted);
          const isJump = Math.abs(clock().getTime() - at.getTime()) > CLOCK_JUMP_MS;
          if (written === VERSION_CONFLICT || isJump) return VERSION_CONFLICT;
          return {
            kind: 'reserved',
            personKey,
            before,
            at: findCounted(written, personKey)?.at ?? at,
          } as const;
        }, MAX_CONFLICTS),
      );
      if (reserved !== VERSION_CONFLICT) return reserved;
      throw new WebexFailure({ condition: 'removals-contended', remedy: 'retry', errors: [] });

      /** A write whose time was wrong may have counted the person. */
      async function endFull(counter: RemovalCounter, limit: Limit) {
        const known = findCounted(counter, personKey);
        const isAsBefore = known?.at.getTime() === before?.at.getTime();
        const written = isAsBefore
          ? undefined
          : await counters.write(uncountRemoval(counter, personKey, before));
        return written === VERSION_CONFLICT ? written : ({ kind: 'full', limit } as const);
      }
    },

    async release(orgId, { personKey, before, at }) {
      const orgKey = await toOrgKey(orgId);
      await inOrder(orgKey, () =>
        retryOnConflict(async () => {
          const counter = await counters.read(orgKey);
          const isOurs = counter && findCounted(counter, personKey)?.at.getTime() === at.getTime();
          return isOurs && counters.write(uncountRemoval(counter, personKey, before));
        }, MAX_CONFLICTS),
      );
    },

    read: async (orgId) => readCounter(await toOrgKey(orgId)),
  };
}
