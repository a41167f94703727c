import type { Chosen, ChosenProperties, NumberAsker } from '../../numbers/choose.ts';
import type { NumberKind } from '../../numbers/reservation.ts';
import { asksNextFree, type LicenseItem } from '../../requests/license-request.ts';
import {
  type ItemResult,
  NO_EXTENSION,
  NO_PHONE_NUMBER,
  type NoNumberReason,
} from '../../requests/record/item-result.ts';
import type { Item } from '../../requests/record/items.ts';
import { orFailure, WebexFailure } from '../../webex/errors/failure.ts';
import { NEXT_FREE } from '../../webex/extension-range.ts';
import { isPersonalCalling, type License } from '../../webex/license.ts';
import { toHeldNumbers, toKnownProperties } from '../plan/calling-properties.ts';
import { findHad, type Holdings } from '../plan/holdings.ts';
import type { Plan } from '../plan/plan.ts';
import type { PlannedChange } from '../plan/references.ts';

export interface NumberDeps {
  readonly numbers: {
    /** @throws {WebexFailure} */
    readonly choose: (asker: NumberAsker) => Promise<Chosen>;
    readonly refuse: (asker: NumberAsker, kind: NumberKind) => Promise<void>;
  };
}

/** The properties of an item that asks for the next free extension or number; undefined for every other item. */
const toNextFree = (item: Item): NonNullable<LicenseItem['properties']> | undefined =>
  item.kind === 'license' && item.operation === 'add' && asksNextFree(item.properties)
    ? item.properties
    : undefined;

export function toNumberAsker(
  { items, ownerOf, orgId, deadline }: Plan,
  item: Item,
): NumberAsker | undefined {
  const properties = toNextFree(item);
  if (properties === undefined) return undefined;
  const record = ownerOf(item);
  const own = items.filter((other) => ownerOf(other) === record);
  const place = own.findIndex(({ index }) => index === item.index);
  return { requestId: record.requestId, item: place, orgId, properties, deadline };
}

/**
 * Chooses the extension and number of an add, just before it is sent.
 * @returns the properties to send, undefined where the item names its own; a result where the item waits or fails
 */
export async function chooseFor(
  { numbers }: NumberDeps,
  plan: Plan,
  item: Item,
  license: License,
  holdings: Holdings | undefined,
): Promise<ChosenProperties | { readonly result: ItemResult } | WebexFailure | undefined> {
  const asker = toNumberAsker(plan, item);
  if (asker === undefined || plan.dryRun || !isPersonalCalling(license)) return undefined;
  // A license that is held is sent again where an earlier change may still undo it: the line stays as it is.
  const held = holdings && findHad([license], holdings) ? toHeldNumbers(asker.properties, holdings.line) : {};
  if (held.properties) return held.properties;
  const chosen = await orFailure(numbers.choose(asker));
  if (chosen instanceof WebexFailure)
    return chosen.isRefusal ? { result: toFailed(chosen, license) } : chosen;
  if (chosen.kind === 'chosen') return chosen.properties;
  return { result: toWaiting(chosen.condition, asker.properties, license) };
}

/** The result of an item for which no number is free. */
export const toWaiting = (
  condition: NoNumberReason,
  { range }: NonNullable<LicenseItem['properties']>,
  { id }: Pick<License, 'id'>,
): ItemResult => ({ result: 'wanted', licenseId: id, condition, detail: toDetail(condition, range) });

function toDetail(condition: NoNumberReason, range: string | undefined): string {
  switch (condition) {
    case NO_EXTENSION:
      return `No extension of ${range} is free at the location: free one, or widen the range`;
    case NO_PHONE_NUMBER:
      return 'No phone number is free at the location: free or order one';
    default:
      return 'Webex does not tell which phone numbers are free: give the token the scope spark-admin:telephony_config_read';
  }
}

const toFailed = (failure: WebexFailure, { id }: License): ItemResult => ({
  ...{ result: 'failed', condition: failure.condition, licenseId: id },
  detail: failure.advice ?? `Webex: ${failure.condition}`,
  ...(failure.trackingId !== undefined && { trackingId: failure.trackingId }),
});

/** Another extension or number for a change that Webex refused because one is taken. */
export async function chooseAgain(
  { numbers }: NumberDeps,
  plan: Plan,
  change: PlannedChange,
  taken: NumberKind,
): Promise<PlannedChange | { readonly result: ItemResult } | WebexFailure | undefined> {
  const asker = toNumberAsker(plan, change.item);
  const { license } = change;
  if (license === undefined || change.properties === undefined) return undefined;
  if (asker?.properties[taken] !== NEXT_FREE) return undefined;
  await numbers.refuse(asker, taken);
  const chosen = await orFailure(numbers.choose(asker));
  if (chosen instanceof WebexFailure) return chosen;
  if (chosen.kind === 'none') return { result: toWaiting(chosen.condition, asker.properties, license) };
  return { ...change, properties: toKnownProperties(chosen.properties) };
}

/** The result of an item for which Webex called all tried numbers taken: the sweep goes on with the next ones. */
export function toTriedOut({ item, license }: PlannedChange, taken: NumberKind): ItemResult {
  const { range } = toNextFree(item) ?? {};
  return toWaiting(
    taken === 'extension' ? NO_EXTENSION : NO_PHONE_NUMBER,
    { range },
    { id: license?.id ?? '' },
  );
}
