import type { Item } from '../../requests/record/items.ts';
import type { Asked, Person, Unanswered } from '../../requests/record/person.ts';
import type { License, LicenseReference } from '../../webex/license.ts';
import { parseLicenseId, toComparableId } from '../../webex/license-id.ts';
import { parsePlacedName, toCanonicalName, toComparableName } from '../../webex/license-name.ts';
import type { Choice, PlannedChange } from '../plan/references.ts';

const ID = 'id ';

/** The decisions of ended requests of a person, by license and by site. */
export function toEarlierDecisions(newest: Person['newest']) {
  const byId = new Map<string, Asked[]>();
  for (const [key, asked] of Object.entries(newest)) {
    if (!key.startsWith(ID)) continue;
    const id = toComparableId(key.slice(ID.length));
    byId.set(id, [...(byId.get(id) ?? []), asked]);
  }
  return {
    /** The decisions about any of the comparable ids, and each removal by a name that means the license. */
    ofLicense: (license: License, aliases: readonly string[]): readonly Asked[] => [
      ...aliases.flatMap((id) => byId.get(id) ?? []),
      ...toNameKeys(license)
        .flatMap((key) => newest[key] ?? [])
        .filter(({ operation }) => operation === 'remove'),
    ],
    ofSite: (siteUrl: string): readonly Asked[] => [newest[toSiteKey(siteUrl)] ?? []].flat(),
  };
}

/**
 * The keys under which a decision is remembered: each license that it is about and, for a removal, the name in the
 * request, since a license of that name may be listed later.
 */
export function toMemoryKeys({ item, lost }: Choice, licenses: readonly License[]): readonly string[] {
  if (item.kind === 'site') return [toSiteKey(item.siteUrl)];
  if (item.operation === 'add') return licenses.slice(0, 1).map(toIdKey);
  const decided = [...new Set([...licenses, ...lost])];
  const { reference } = item;
  const isId =
    typeof reference === 'string' &&
    (parseLicenseId(reference) !== undefined ||
      decided.some(({ id }) => toComparableId(id) === toComparableId(reference)));
  return [...(isId ? [] : toReferenceKeys(reference)), ...decided.map(toIdKey)];
}

export const toSiteKey = (siteUrl: string): string => `site ${siteUrl}`;

const toIdKey = ({ id }: Pick<License, 'id'>): string => `${ID}${id}`;

/** The keys of a reference by name, under its name before and after the renaming. */
function toReferenceKeys(reference: LicenseReference): readonly string[] {
  if (typeof reference === 'string') {
    const placed = parsePlacedName(reference);
    return [...toNamedKeys(reference, '', ''), ...(placed ? toReferenceKeys(placed) : [])];
  }
  const { name, subscriptionId = '', siteUrl = '' } = reference;
  return toNamedKeys(name, subscriptionId, siteUrl);
}

/** The keys of all references by name that mean the license. */
function toNameKeys({ name, subscriptionId, siteUrl }: License): readonly string[] {
  const keys = ['', subscriptionId ?? ''].flatMap((subscription) =>
    ['', siteUrl ?? ''].flatMap((site) => toNamedKeys(name, subscription, site)),
  );
  return [...new Set(keys)];
}

const toNamedKeys = (name: string, subscriptionId: string, siteUrl: string): readonly string[] => [
  ...new Set(
    [toComparableName(name), toCanonicalName(name)].map((spelling) =>
      `name ${spelling} ${subscriptionId} ${siteUrl.toLowerCase()}`.trimEnd(),
    ),
  ),
];

/** Webex has been seen to apply a change seconds after a 5xx answer, or none. */
const ARRIVES_WITHIN_MS = 15_000;
const MAX_UNANSWERED = 100;

/** The changes of a call without an answer. */
export const toUnanswered = (changes: readonly PlannedChange[], now: Date): readonly Unanswered[] =>
  changes.flatMap(({ item, licenses }) => toUnansweredOf(item, licenses, now));

/** The changes that a crashed lease holder may have sent for these choices. */
export const toPerhapsSent = (choices: readonly Choice[], now: Date): readonly Unanswered[] =>
  choices.flatMap(({ item, candidates, lost }) => toUnansweredOf(item, [...candidates, ...lost], now));

function toUnansweredOf(item: Item, licenses: readonly License[], now: Date): readonly Unanswered[] {
  const until = new Date(now.getTime() + ARRIVES_WITHIN_MS);
  return toItemKeys(item, licenses).map((key) => ({ key, operation: item.operation, until }));
}

const toItemKeys = (item: Item, licenses: readonly License[]): readonly string[] =>
  item.kind === 'site' ? [toSiteKey(item.siteUrl)] : licenses.map(toIdKey);

/** The time until which an unanswered change may arrive and undo this choice; undefined where none may. */
export function findOpposed(
  { item, candidates, lost }: Choice,
  unanswered: readonly Unanswered[],
): Date | undefined {
  const keys = toItemKeys(item, [...candidates, ...lost]);
  const opposed = unanswered.filter(
    ({ key, operation }) => operation !== item.operation && keys.includes(key),
  );
  if (opposed.length === 0) return undefined;
  return new Date(Math.max(...opposed.map(({ until }) => until.getTime())));
}

/** The unanswered changes that may still arrive at Webex. */
export const stillUnanswered = (
  unanswered: readonly Unanswered[] | undefined,
  now: Date,
): readonly Unanswered[] => (unanswered ?? []).filter(({ until }) => until > now).slice(-MAX_UNANSWERED);
