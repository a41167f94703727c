import type { ItemResult, LedgerEntry } from '../ledger/entry.ts';
import type { Item } from '../ledger/items.ts';
import { isPersonalCalling, type License } from '../webex/license.ts';
import { findBrokenItemRule } from '../webex/request-rules.ts';
import { compareProperties } from './calling-properties.ts';
import { findHad, type Holdings } from './holdings.ts';
import { isSameSite } from './judge.ts';
import type { CatalogueNow } from './known-licenses.ts';
import { type Meaning, toMeaning } from './meaning.ts';

/** An item, and the licenses that its reference means: an add needs one of them, a removal takes all. */
export interface Choice {
  readonly item: Item;
  /** In the catalogue; none for a site. */
  readonly candidates: readonly License[];
  /** Of a removal: licenses that the reference meant before the catalogue lost them. */
  readonly lost: readonly License[];
  readonly missing?: Meaning['missing'];
}

/** A choice for each item, by what the catalogue has now. */
export function toChoices(
  items: readonly Item[],
  results: readonly ItemResult[],
  catalogue: CatalogueNow,
): readonly Choice[] {
  return items.map((item): Choice => {
    if (item.kind === 'site') return { item, candidates: [], lost: [] };
    return { item, ...toMeaning(item, results[item.index] ?? { result: 'wanted' }, catalogue) };
  });
}

/** Without the licenses that the same request takes away: its add means another one of the name, where there is one. */
export function withoutOwnRemovals(
  choices: readonly Choice[],
  entryOf: (item: Item) => LedgerEntry,
): readonly Choice[] {
  return choices.map((choice) => {
    if (choice.item.operation !== 'add' || choice.candidates.length < 2) return choice;
    const own = choices.filter(
      ({ item }) => item.operation === 'remove' && entryOf(item) === entryOf(choice.item),
    );
    const removed = new Set(own.flatMap(({ candidates }) => candidates));
    const others = choice.candidates.filter((license) => !removed.has(license));
    return others.length > 0 ? { ...choice, candidates: others } : choice;
  });
}

export const isUnknown = ({ item, candidates, lost }: Choice): boolean =>
  item.kind === 'license' && candidates.length + lost.length === 0;

/** Whether its license may be missing only because the catalogue was not complete. */
export const isAwaited = (choice: Choice): boolean => isUnknown(choice) && choice.missing === 'incomplete';

/** The addition of a Calling license, whose properties are not to change one that is held. */
export const isCallingAddition = ({ item, candidates }: Choice): boolean =>
  item.operation === 'add' && candidates.some(isPersonalCalling);

export const isCallingRemoval = ({ item, candidates, lost }: Choice): boolean =>
  item.operation === 'remove' && [...candidates, ...lost].some(isPersonalCalling);

const MISSING = {
  unknown: {
    condition: 'license-not-recognized',
    detail:
      'The organization has no license with this id or name: compare with the inventory, and send it again.',
  },
  ambiguous: {
    condition: 'license-renewed-as-several',
    detail:
      'The license has left the catalogue, and several of its name have come since: name one of them by its id, and send it again.',
  },
} as const;

/** The result of an item whose license the catalogue does not have. */
export function toUnknown(choice: Choice): ItemResult | undefined {
  if (!isUnknown(choice) || isAwaited(choice)) return undefined;
  return { result: 'failed', ...MISSING[choice.missing === 'ambiguous' ? 'ambiguous' : 'unknown'] };
}

/** Why an item is refused before Webex is asked, where it is not as wanted already; undefined where it is not. */
export function toRefusal(choice: Choice, allowCallingRemoval: boolean): ItemResult | undefined {
  if (isCallingRemoval(choice) && !allowCallingRemoval) {
    return {
      result: 'failed',
      condition: 'calling-removal-not-allowed',
      detail:
        'Removing a Calling license destroys number, voicemail and forwarding: send it anew with allowCallingRemoval to have it done.',
    };
  }
  return toBrokenRule(choice);
}

/** What Webex would refuse is not sent, so that it does not take the rest of the request with it. */
function toBrokenRule({ item, candidates }: Choice): ItemResult | undefined {
  const [license] = candidates;
  if (item.kind !== 'license' || !license) return undefined;
  const { operation, properties } = item;
  const broken = findBrokenItemRule({ id: license.id, operation, properties }, license.name);
  return broken && { result: 'failed', condition: broken.rule, detail: broken.advice, licenseId: license.id };
}

/**
 * Whether what the person holds decides something: which of several licenses is meant, whether a Calling license is
 * there to be removed, or is there already and keeps its number, or whether an earlier attempt was applied. Otherwise
 * the read is saved.
 */
export const needsHoldings = (
  choices: readonly Choice[],
  mayHaveApplied: boolean,
  dryRun: boolean,
): boolean =>
  mayHaveApplied ||
  dryRun ||
  choices.some(
    (choice) =>
      choice.candidates.length > 1 ||
      (choice.candidates.length === 0 && choice.lost.length > 0) ||
      isCallingRemoval(choice) ||
      isCallingAddition(choice),
  );

/**
 * The result of a choice that is already as wanted; undefined where a change is needed, or it cannot be told.
 * @param licenses those of the choice that are not decided by a newer wish
 */
export function toAlreadyDone(
  { item, lost }: Choice,
  licenses: readonly License[],
  holdings: Holdings,
): ItemResult | undefined {
  const isAddition = item.operation === 'add';
  if (item.kind === 'license') {
    const had = findHad(isAddition ? licenses : [...licenses, ...lost], holdings);
    if (!isAddition) {
      const isTold = holdings.pendingLicenses !== undefined;
      return had || !isTold ? undefined : { result: 'removed', changed: false };
    }
    if (had === undefined) return undefined;
    const { license, isPending } = had;
    const result = isPending ? 'pending' : 'assigned';
    const isLine = item.properties !== undefined && isPersonalCalling(license);
    const note = isLine ? compareProperties(item.properties, holdings.line) : {};
    return { result, changed: false, licenseId: license.id, ...note };
  }
  const { sites, pendingSites } = holdings;
  if (sites?.some(isSameSite(item))) return isAddition ? { result: 'assigned', changed: false } : undefined;
  if (pendingSites?.some(isSameSite(item)))
    return isAddition ? { result: 'pending', changed: false } : undefined;
  const isAbsent = sites !== undefined && pendingSites !== undefined;
  return isAbsent && !isAddition ? { result: 'removed', changed: false } : undefined;
}

/** Whether a person is otherwise than a change was answered; false where it cannot be told. */
export function isUndone(
  { item }: Choice,
  licenses: readonly License[],
  result: ItemResult | undefined,
  holdings: Holdings,
): boolean {
  const isSite = item.kind === 'site';
  if (result?.result === 'removed') {
    return isSite
      ? holdings.sites?.some(isSameSite(item)) === true
      : findHad(licenses, holdings) !== undefined;
  }
  if (result?.result !== 'assigned') return false;
  return isSite
    ? holdings.sites?.some(isSameSite(item)) === false
    : findHad(licenses, holdings) === undefined;
}
