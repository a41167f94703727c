import { type Asked, isNewer, type Person } from '../ledger/person.ts';
import type { License } from '../webex/license.ts';
import { parseLicenseId, toComparableId } from '../webex/license-id.ts';
import type { Choice } from './choose.ts';
import { type Holdings, isHad } from './holdings.ts';
import type { CatalogueNow } from './known-licenses.ts';
import { toIdKey, toReferenceKeys, toSettled, toSiteKey } from './settled.ts';

/** A choice with who asked for it. */
export interface Wish {
  readonly choice: Choice;
  readonly asked: Asked;
}

/** What becomes of a wish where others ask for the same license or site. */
export type Verdict =
  | {
      readonly kind: 'goes';
      /**
       * The licenses that no newer wish decides about. Of an add: the one that is meant comes first, and each of the
       * others would do. Of a removal: all of them go.
       */
      readonly licenses: readonly License[];
    }
  /** A newer request said otherwise, and is settled. */
  | { readonly kind: 'superseded'; readonly by: string }
  /** A newer request says otherwise: it counts once that one is settled, and not if it is cancelled before. */
  | { readonly kind: 'yields'; readonly to: Wish }
  /** Another request asks for the same: its change is this one's too. */
  | { readonly kind: 'shares'; readonly with: Wish; readonly licenses: readonly License[] };

export interface ContestContext {
  readonly person: Pick<Person, 'newest'>;
  readonly catalogue: Pick<CatalogueNow, 'aliases'>;
  /** What the person holds, where it is known: an add means what is held, before anything else. */
  readonly holdings?: Holdings | undefined;
  /** Whether it was asked what the person holds: what is not known then, is not told. */
  readonly isLooked?: boolean;
  /** What an add is to give, where that is decided; undefined where it gives nothing yet. */
  readonly picked?: ReadonlyMap<Choice['item'], License | undefined> | undefined;
}

/** Who decides about a license, where that is not the wish in question. */
interface Decider {
  readonly settled: Asked | undefined;
  readonly rival: Wish | undefined;
}

/**
 * Decides between wishes of one person, license by license: the newest effective one wins, against what was settled
 * before as against the others; a tie goes to what takes away. A removal decides about each license that its reference
 * can mean, an add about the one that it gives. The result is that of the wishes one after the other, by the time at
 * which they take effect.
 */
export function contest(
  wishes: readonly Wish[],
  { person, catalogue, holdings, isLooked, picked }: ContestContext,
): ReadonlyMap<Wish, Verdict> {
  const settled = toSettled(person.newest);
  const claims = new Map<string, Wish>();
  const verdicts = new Map<Wish, Verdict>();
  // The newest first: each one meets only those that may overrule it.
  const ordered = [...wishes].sort((a, b) =>
    isNewer(a.asked, b.asked) ? -1 : isNewer(b.asked, a.asked) ? 1 : 0,
  );
  for (const wish of ordered) {
    const verdict = decide(wish);
    verdicts.set(wish, verdict);
    if (verdict.kind !== 'goes') continue;
    for (const key of toClaimed(wish, verdict.licenses)) claims.set(key, wish);
  }
  return verdicts;

  function decide(wish: Wish): Verdict {
    const { item } = wish.choice;
    if (item.kind === 'site') {
      const key = toSiteKey(item.siteUrl);
      const decider = { settled: findNewer(settled.ofSite(item.siteUrl), wish), rival: claims.get(key) };
      return toOverruled(wish, decider, []) ?? { kind: 'goes', licenses: [] };
    }
    return item.operation === 'remove' ? decideRemoval(wish) : decideAdd(wish);
  }

  function decideRemoval(wish: Wish): Verdict {
    const { candidates, lost } = wish.choice;
    // Whether a lost license is still there to be taken, only what the person holds tells.
    const isThere = (license: License) =>
      holdings === undefined ? candidates.length === 0 : isHad(license, holdings);
    const meant = [...candidates, ...lost.filter(isThere)];
    const deciders = meant.map((license) => findDecider(license, wish));
    const left = meant.filter((_license, index) => !isDecided(deciders[index]));
    if (left.length > 0 || meant.length === 0) return { kind: 'goes', licenses: left };
    const ofOthers = deciders.filter((one) => one.rival !== undefined && one.settled === undefined);
    const shared = ofOthers.find(isShared);
    const together = meant.filter((_license, index) => isShared(deciders[index]));
    const decider = shared ?? ofOthers[0] ?? deciders[0];
    return toOverruled(wish, decider, together) ?? { kind: 'goes', licenses: left };
  }

  function decideAdd(wish: Wish): Verdict {
    const { candidates, item } = wish.choice;
    const isRemoved = (license: License) => {
      const { settled: newer, rival } = findDecider(license, wish);
      return (newer ?? rival?.asked)?.operation === 'remove';
    };
    const allowed = candidates.filter((license) => !isRemoved(license));
    const meant = picked?.has(item) ? picked.get(item) : findMeant(wish, allowed);
    const isOpen = meant === undefined && allowed.length > 0;
    const [first = meant] = candidates;
    const pick = isOpen ? undefined : (meant ?? first);
    const overruled = pick && toOverruled(wish, findDecider(pick, wish), [pick]);
    if (overruled) return overruled;
    return { kind: 'goes', licenses: pick ? [pick, ...allowed.filter((one) => one !== pick)] : [] };
  }

  /** Held, or given by a newer add, or else the one with the most free units; undefined where it is not known yet. */
  function findMeant({ choice: { candidates }, ...wish }: Wish, allowed: readonly License[]) {
    if (candidates.length === 1) return candidates[0];
    if (holdings === undefined && !isLooked) return undefined;
    const isHeld = (license: License) => holdings !== undefined && isHad(license, holdings);
    const isGiven = (license: License) => isDecided(findDecider(license, wish));
    return allowed.find(isHeld) ?? candidates.find(isHeld) ?? allowed.find(isGiven) ?? candidates[0];
  }

  function findDecider(license: License, { asked }: Pick<Wish, 'asked'>): Decider {
    const aliases = catalogue.aliases(license);
    return {
      settled: findNewer(settled.ofLicense(license, aliases), { asked }),
      rival: aliases.map((id) => claims.get(id)).find((one) => one !== undefined),
    };
  }

  function toClaimed({ choice: { item } }: Wish, licenses: readonly License[]): readonly string[] {
    if (item.kind === 'site') return [toSiteKey(item.siteUrl)];
    const claimed = item.operation === 'add' ? licenses.slice(0, 1) : licenses;
    return claimed.flatMap((license) => catalogue.aliases(license));
  }
}

const isDecided = (decider: Decider | undefined): boolean =>
  decider?.settled !== undefined || decider?.rival !== undefined;

/** Whether the license is taken by another removal. */
const isShared = (decider: Decider | undefined): boolean =>
  decider?.settled === undefined && decider?.rival?.asked.operation === 'remove';

function toOverruled(
  { asked }: Wish,
  decider: Decider | undefined,
  licenses: readonly License[],
): Verdict | undefined {
  if (decider?.settled) return { kind: 'superseded', by: decider.settled.requestId };
  if (decider?.rival === undefined) return undefined;
  return decider.rival.asked.operation === asked.operation
    ? { kind: 'shares', with: decider.rival, licenses }
    : { kind: 'yields', to: decider.rival };
}

const findNewer = (settled: readonly Asked[], { asked }: Pick<Wish, 'asked'>): Asked | undefined =>
  settled.find((one) => one.requestId !== asked.requestId && isNewer(one, asked));

/**
 * By which keys a wish is remembered once it is settled: each license that it decided about and, of a removal, the
 * name that was asked for, since a license of that name may come later.
 */
export function toKeys({ item, lost }: Choice, licenses: readonly License[]): readonly string[] {
  if (item.kind === 'site') return [toSiteKey(item.siteUrl)];
  if (item.operation === 'add') return licenses.slice(0, 1).map(toIdKey);
  const decided = [...new Set([...licenses, ...lost])];
  const { reference } = item;
  const isId =
    typeof reference === 'string' &&
    (parseLicenseId(reference) !== undefined || decided.some((license) => isOfId(license, reference)));
  return [...(isId ? [] : toReferenceKeys(reference)), ...decided.map(toIdKey)];
}

/** Whether a reference is the id of the license. */
const isOfId = (license: License, reference: string): boolean =>
  toComparableId(license.id) === toComparableId(reference);
