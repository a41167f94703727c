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

/** What becomes of a desired change where other requests ask for the same license or site. */
export type Decision =
  | {
      readonly kind: 'goes';
      /**
       * The licenses that no newer desired change decides about. Of an add: the one that is meant comes first, and each
       * of the others would do. Of a removal: all of them go.
       */
      readonly licenses: readonly License[];
    }
  /** A newer request said otherwise, and is settled. */
  | { readonly kind: 'superseded'; readonly by: string }
  /** A newer request says otherwise: it counts once that one is settled, and not if it is cancelled before. */
  | { readonly kind: 'yields'; readonly to: DesiredChange }
  /** Another request asks for the same: its change is this one's too. */
  | { readonly kind: 'shares'; readonly with: DesiredChange; readonly licenses: readonly License[] };

export interface ConflictContext {
  readonly person: Pick<Person, 'newest'>;
  readonly catalogue: Pick<CatalogueNow, 'aliases'>;
  /** What the person holds, where it is known: an add means what is held, before anything else. */
  readonly holdings?: Holdings | undefined;
  /** Whether the person was read where that decides something: what is not known then, is not told. */
  readonly isRead?: boolean;
  /** What an add is to give, where that is decided; undefined where it gives nothing yet. */
  readonly picked?: ReadonlyMap<Choice['item'], License | undefined> | undefined;
}

/** What decides about a license in place of the desired change in question. */
interface Decider {
  readonly settled: Asked | undefined;
  readonly rival: DesiredChange | undefined;
}

/**
 * Resolves the conflicts between desired changes of one person, license by license: the newest effective one wins,
 * against what was settled before as against the others; a tie goes to the removal. A removal decides about each license
 * that its reference can mean, an add about the one that it gives. The result is that of the changes one after the
 * other, by the time at which they take effect.
 */
export function resolveConflicts(
  desired: readonly DesiredChange[],
  context: ConflictContext,
): ReadonlyMap<DesiredChange, Decision> {
  const { person, catalogue, holdings, isRead, picked } = context;
  const before = toEarlierDecisions(person.newest);
  const claims = new Map<string, DesiredChange>();
  const decisions = new Map<DesiredChange, Decision>();
  // The newest first: each one meets only those that may overrule it.
  for (const change of [...desired].sort(byNewest)) {
    const decision = decide(change);
    decisions.set(change, decision);
    if (decision.kind !== 'goes') continue;
    for (const key of toClaimedKeys(change, decision.licenses)) claims.set(key, change);
  }
  return decisions;

  function decide(change: DesiredChange): Decision {
    const { item } = change.choice;
    if (item.kind === 'site') {
      const settled = findNewer(before.ofSite(item.siteUrl), change);
      const rival = claims.get(toSiteKey(item.siteUrl));
      return toOverruled(change, { settled, rival }, []) ?? { kind: 'goes', licenses: [] };
    }
    return item.operation === 'remove' ? decideRemoval(change) : decideAddition(change);
  }

  function decideRemoval(change: DesiredChange): Decision {
    const { candidates, lost } = change.choice;
    // Whether a lost license is still there to be removed, only what the person holds tells.
    const isThere = (license: License) =>
      holdings === undefined ? candidates.length === 0 : isHad(license, holdings);
    const meant = [...candidates, ...lost.filter(isThere)];
    const deciders = meant.map((license) => findDecider(license, change));
    const undecided = meant.filter((_license, index) => !isDecided(deciders[index]));
    if (undecided.length > 0 || meant.length === 0) return { kind: 'goes', licenses: undecided };
    const byRivals = deciders.filter(({ settled, rival }) => rival !== undefined && settled === undefined);
    const together = meant.filter((_license, index) => isByRemoval(deciders[index]));
    const decider = byRivals.find(isByRemoval) ?? byRivals[0] ?? deciders[0];
    return toOverruled(change, decider, together) ?? { kind: 'goes', licenses: undecided };
  }

  function decideAddition(change: DesiredChange): Decision {
    const { candidates, item } = change.choice;
    const isRemoved = (license: License) => {
      const { settled, rival } = findDecider(license, change);
      return (settled ?? rival?.asked)?.operation === 'remove';
    };
    const allowed = candidates.filter((license) => !isRemoved(license));
    const meant = picked?.has(item) ? picked.get(item) : findMeant(change, allowed);
    const isOpen = meant === undefined && allowed.length > 0;
    const [first = meant] = candidates;
    const given = isOpen ? undefined : (meant ?? first);
    const overruled = given && toOverruled(change, findDecider(given, change), [given]);
    if (overruled) return overruled;
    return {
      kind: 'goes',
      licenses: given ? [given, ...allowed.filter((license) => license !== given)] : [],
    };
  }

  /** Held, or given by a newer add, or else the one with the most free units; undefined where it is not known yet. */
  function findMeant(change: DesiredChange, allowed: readonly License[]): License | undefined {
    const { candidates } = change.choice;
    if (candidates.length === 1) return candidates[0];
    if (holdings === undefined && !isRead) return undefined;
    const isHeld = (license: License) => holdings !== undefined && isHad(license, holdings);
    const isGiven = (license: License) => isDecided(findDecider(license, change));
    return allowed.find(isHeld) ?? candidates.find(isHeld) ?? allowed.find(isGiven) ?? candidates[0];
  }

  function findDecider(license: License, change: DesiredChange): Decider {
    const aliases = catalogue.aliases(license);
    return {
      settled: findNewer(before.ofLicense(license, aliases), change),
      rival: aliases.map((id) => claims.get(id)).find((claim) => claim !== undefined),
    };
  }

  function toClaimedKeys({ choice: { item } }: DesiredChange, licenses: readonly License[]) {
    if (item.kind === 'site') return [toSiteKey(item.siteUrl)];
    const claimed = item.operation === 'add' ? licenses.slice(0, 1) : licenses;
    return claimed.flatMap((license) => catalogue.aliases(license));
  }
}

const byNewest = (a: DesiredChange, b: DesiredChange): number =>
  isNewer(a.asked, b.asked) ? -1 : isNewer(b.asked, a.asked) ? 1 : 0;

const isDecided = (decider: Decider | undefined): boolean =>
  decider?.settled !== undefined || decider?.rival !== undefined;

/** Whether another removal of this attempt takes the license. */
const isByRemoval = (decider: Decider | undefined): boolean =>
  decider?.settled === undefined && decider?.rival?.asked.operation === 'remove';

function toOverruled(
  { asked }: DesiredChange,
  decider: Decider | undefined,
  licenses: readonly License[],
): Decision | undefined {
  if (decider?.settled) return { kind: 'superseded', by: decider.settled.requestId };
  if (decider?.rival === undefined) return undefined;
  return decider.rival.asked.operation === asked.operation
    ? { kind: 'shares', with: decider.rival, licenses }
    : { kind: 'yields', to: decider.rival };
}

const findNewer = (settled: readonly Asked[], { asked }: DesiredChange): Asked | undefined =>
  settled.find((other) => other.requestId !== asked.requestId && isNewer(other, asked));
