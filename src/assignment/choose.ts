import type { ItemResult } from '../ledger/entry.ts';
import type { Item } from '../ledger/items.ts';
import { findCandidates } from '../webex/catalogue.ts';
import { isPersonalCalling, type License } from '../webex/license.ts';
import { findBrokenItemRule } from '../webex/request-rules.ts';
import { compareProperties } from './calling-properties.ts';
import { findHad, type Holdings } from './holdings.ts';
import { isSameSite } from './judge.ts';

/** An item, and the licenses it may mean: none for a site, several where a name is in several subscriptions. */
export interface Choice {
  readonly item: Item;
  readonly candidates: readonly License[];
}

/** A choice for each item. A license chosen by an earlier attempt stays chosen. */
export function toChoices(
  items: readonly Item[],
  results: readonly ItemResult[],
  licenses: readonly License[],
): readonly Choice[] {
  return items.map((item): Choice => {
    if (item.kind === 'site') return { item, candidates: [] };
    const chosenId = results[item.index]?.licenseId;
    return { item, candidates: findCandidates(chosenId ?? item.reference, licenses) };
  });
}

export const isUnknown = ({ item, candidates }: Choice): boolean =>
  item.kind === 'license' && candidates.length === 0;

/** The addition of a Calling license, whose properties are not to change one that is held. */
export const isCallingAddition = ({ item, candidates }: Choice): boolean =>
  item.operation === 'add' && candidates.some(isPersonalCalling);

export const isCallingRemoval = ({ item, candidates }: Choice): boolean =>
  item.operation === 'remove' && candidates.some(isPersonalCalling);

/** The result of an item whose license the catalogue does not have. */
export const toUnknown = (choice: Choice): ItemResult | undefined =>
  isUnknown(choice)
    ? {
        result: 'failed',
        condition: 'license-not-recognized',
        detail:
          'The organization has no license with this id or name: compare with the inventory, and send it again.',
      }
    : undefined;

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
    (choice) => choice.candidates.length > 1 || isCallingRemoval(choice) || isCallingAddition(choice),
  );

/** The result of a choice that is already as wanted; undefined where a change is needed, or it cannot be told. */
export function toAlreadyDone({ item, candidates }: Choice, holdings: Holdings): ItemResult | undefined {
  const isAddition = item.operation === 'add';
  if (item.kind === 'license') {
    const had = findHad(candidates, holdings);
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
  { item, candidates }: Choice,
  result: ItemResult | undefined,
  holdings: Holdings,
): boolean {
  const isSite = item.kind === 'site';
  if (result?.result === 'removed') {
    return isSite
      ? holdings.sites?.some(isSameSite(item)) === true
      : findHad(candidates, holdings) !== undefined;
  }
  if (result?.result !== 'assigned') return false;
  return isSite
    ? holdings.sites?.some(isSameSite(item)) === false
    : findHad(candidates, holdings) === undefined;
}

/** The one that is meant: had by the person, or else with the most free units. */
export const pickLicense = ({ candidates }: Choice, holdings: Holdings | undefined): License | undefined =>
  (holdings && findHad(candidates, holdings)?.license) ?? candidates[0];
