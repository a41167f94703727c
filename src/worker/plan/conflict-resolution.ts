import { type Asked, isNewer, type Person } from '../../requests/record/person.ts';
import type { License } from '../../webex/license.ts';
import { toEarlierDecisions, toSiteKey } from '../lease/person-memory.ts';
import { type Holdings, isHad } from './holdings.ts';
import type { CatalogueNow } from './known-catalogue.ts';
import type { Choice } from './references.ts';

/** A choice with the request that asks for it. */
export interface DesiredChange {
  readonly choice: Choice;
  readonly asked: Asked;
}

/** The decision about a desired change where other requests name the same license or site. */
export type Decision =
  | {
      readonly kind: 'wins';
      /**
       * The licenses that no newer desired change decides about. Of an add: the meant license, then its alternatives. Of a
       * removal: all are removed.
       */
      readonly licenses: readonly License[];
    }
  /** By an ended request that is newer. */
  | { readonly kind: 'superseded'; readonly by: string }
  /** To an open request that is newer: superseded once that has its result, and not if it is cancelled before. */
  | { readonly kind: 'yields'; readonly to: DesiredChange }
  /** Another open request desires the same: one change is enough. */
  | { readonly kind: 'shares'; readonly with: DesiredChange; readonly licenses: readonly License[] };

export interface ConflictContext {
  readonly person: Pick<Person, 'newest'>;
  readonly catalogue: Pick<CatalogueNow, 'aliases'>;
  /** Where they are known, an add means a held license first. */
  readonly holdings?: Holdings | undefined;
  /** Whether the person was read, or need not be: unknown holdings will stay unknown. */
  readonly isRead?: boolean;
  /** The licenses of adds, where they are picked; undefined for an add that is not sent yet. */
  readonly picked?: ReadonlyMap<Choice['item'], License | undefined> | undefined;
}

/** A newer decision about a license: that of an ended request, or of an open one. */
interface Decider {
  readonly ended: Asked | undefined;
  readonly rival: DesiredChange | undefined;
}

/**
 * Resolves the conflicts between desired changes of one person, license by license. The newest effective change wins,
 * also against ended requests; in a tie, the removal wins. A removal decides about each license that its reference can
 * mean, an add about the license that it assigns. The result is that of the changes one after the other, in the order of
 * their effective times.
 */
export function resolveConflicts(
  desired: readonly DesiredChange[],
  context: ConflictContext,
): ReadonlyMap<DesiredChange, Decision> {
  const { person, catalogue, holdings, isRead, picked } = context;
  const before = toEarlierDecisions(person.newest);
  const claims = new Map<string, DesiredChange>();
  const decisions = new Map<DesiredChange, Decision>();
  // The newest first: the claims are those of newer changes.
  for (const change of [...desired].sort((a, b) => byNewest(a.asked, b.asked))) {
    const decision = decide(change);
    decisions.set(change, decision);
    if (decision.kind !== 'wins') continue;
    for (const key of toClaimedKeys(change, decision.licenses)) claims.set(key, change);
  }
  return decisions;

  function decide(change: DesiredChange): Decision {
    const { item } = change.choice;
    if (item.kind === 'site') {
      const ended = findNewer(before.ofSite(item.siteUrl), change);
      const rival = claims.get(toSiteKey(item.siteUrl));
      return toOverruled(change, { ended, rival }, []) ?? { kind: 'wins', licenses: [] };
    }
    return item.operation === 'remove' ? decideRemoval(change) : decideAddition(change);
  }

  function decideRemoval(change: DesiredChange): Decision {
    const { candidates, lost } = change.choice;
    // A license that the catalogue has lost may still be held.
    const isPresent = (license: License) =>
      holdings === undefined ? candidates.length === 0 : isHad(license, holdings);
    const meant = [...candidates, ...lost.filter(isPresent)];
    const deciders = meant.map((license) => findDecider(license, change));
    const undecided = meant.filter((_license, index) => !isDecided(deciders[index]));
    if (undecided.length > 0 || meant.length === 0) return { kind: 'wins', licenses: undecided };
    const byRivals = deciders.filter(({ ended, rival }) => rival !== undefined && ended === undefined);
    const together = meant.filter((_license, index) => isByRemoval(deciders[index]));
    const decider = byRivals.find(isByRemoval) ?? byRivals[0] ?? deciders[0];
    return toOverruled(change, decider, together) ?? { kind: 'wins', licenses: undecided };
  }

  function decideAddition(change: DesiredChange): Decision {
    const { candidates, item } = change.choice;
    const isRemoved = (license: License) => {
      const { ended, rival } = findDecider(license, change);
      return (ended ?? rival?.asked)?.operation === 'remove';
    };
    const allowed = candidates.filter((license) => !isRemoved(license));
    const meant = picked?.has(item) ? picked.get(item) : findMeant(change, allowed);
    const assigned = meant ?? (allowed.length > 0 ? undefined : candidates[0]);
    if (assigned === undefined) return { kind: 'wins', licenses: [] };
    const alternatives = allowed.filter((license) => license !== assigned);
    return (
      toOverruled(change, findDecider(assigned, change), [assigned]) ?? {
        kind: 'wins',
        licenses: [assigned, ...alternatives],
      }
    );
  }

  /** A held license, one that a newer add assigns, or that with the most free units; undefined while it is not known. */
  function findMeant(change: DesiredChange, allowed: readonly License[]): License | undefined {
    const { candidates } = change.choice;
    if (candidates.length === 1) return candidates[0];
    if (holdings === undefined && !isRead) return undefined;
    const isHeld = (license: License) => holdings !== undefined && isHad(license, holdings);
    const isAssigned = (license: License) => isDecided(findDecider(license, change));
    return allowed.find(isHeld) ?? candidates.find(isHeld) ?? allowed.find(isAssigned) ?? candidates[0];
  }

  function findDecider(license: License, change: DesiredChange): Decider {
    const aliases = catalogue.aliases(license);
    return {
      ended: findNewer(before.ofLicense(license, aliases), change),
      rival: aliases.map((id) => claims.get(id)).find((claim) => claim !== undefined),
    };
  }

  function toClaimedKeys({ choice: { item } }: DesiredChange, licenses: readonly License[]) {
    if (item.kind === 'site') return [toSiteKey(item.siteUrl)];
    const claimed = item.operation === 'add' ? licenses.slice(0, 1) : licenses;
    return claimed.flatMap((license) => catalogue.aliases(license));
  }
}

/** Sorts the newest first. */
export const byNewest = (a: Asked, b: Asked): number => (isNewer(a, b) ? -1 : isNewer(b, a) ? 1 : 0);

const isDecided = (decider: Decider | undefined): boolean =>
  decider?.ended !== undefined || decider?.rival !== undefined;

/** Whether another removal of this attempt removes the license. */
const isByRemoval = (decider: Decider | undefined): boolean =>
  decider?.ended === undefined && decider?.rival?.asked.operation === 'remove';

function toOverruled(
  { asked }: DesiredChange,
  decider: Decider | undefined,
  licenses: readonly License[],
): Decision | undefined {
  if (decider?.ended) return { kind: 'superseded', by: decider.ended.requestId };
  if (decider?.rival === undefined) return undefined;
  return decider.rival.asked.operation === asked.operation
    ? { kind: 'shares', with: decider.rival, licenses }
    : { kind: 'yields', to: decider.rival };
}

const findNewer = (ended: readonly Asked[], { asked }: DesiredChange): Asked | undefined =>
  ended.find((other) => other.requestId !== asked.requestId && isNewer(other, asked));
