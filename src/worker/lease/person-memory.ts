import type { Operation } from '../../requests/license-request.ts';
import type { Asked, Person, Unanswered } from '../../requests/record/person.ts';
import type { License, LicenseReference } from '../../webex/license.ts';
import { parseLicenseId, toComparableId } from '../../webex/license-id.ts';
import { toCanonicalName, toComparableName } from '../../webex/license-name.ts';
import type { Choice, PlannedChange } from '../plan/references.ts';

/** What earlier requests decided for a person, by license and by site. */
export interface DecidedBefore {
  /** What decided about any of these comparable ids, and each removal by a name that means the license. */
  ofLicense(license: License, aliases: readonly string[]): readonly Asked[];
  ofSite(siteUrl: string): readonly Asked[];
}

const ID = 'id ';

export function toDecidedBefore(newest: Person['newest']): DecidedBefore {
  const byId = new Map<string, Asked[]>();
  for (const [key, asked] of Object.entries(newest)) {
    if (!key.startsWith(ID)) continue;
    const id = toComparableId(key.slice(ID.length));
    byId.set(id, [...(byId.get(id) ?? []), asked]);
  }
  return {
    ofLicense: (license, aliases) => [
      ...aliases.flatMap((id) => byId.get(id) ?? []),
      ...toNameKeys(license)
        .flatMap((key) => newest[key] ?? [])
        .filter(({ operation }) => operation === 'remove'),
    ],
    ofSite: (siteUrl) => [newest[toSiteKey(siteUrl)] ?? []].flat(),
  };
}

/**
 * By which keys a desired change is remembered once it is settled: each license that it decided about and, of a
 * removal, the name that was asked for, since a license of that name may come later.
 */
export function toMemoryKeys({ item, lost }: Choice, licenses: readonly License[]): readonly string[] {
  if (item.kind === 'site') return [toSiteKey(item.siteUrl)];
  if (item.operation === 'add') return licenses.slice(0, 1).map(toIdKey);
  const decided = [...new Set([...licenses, ...lost])];
  const { reference } = item;
  const isId =
    typeof reference === 'string' &&
    (parseLicenseId(reference) !== undefined || decided.some((license) => isOfId(license, reference)));
  return [...(isId ? [] : toReferenceKeys(reference)), ...decided.map(toIdKey)];
}

export const toSiteKey = (siteUrl: string): string => `site ${siteUrl}`;

const toIdKey = ({ id }: Pick<License, 'id'>): string => `${ID}${id}`;

/** Whether a reference is the id of the license. */
const isOfId = (license: License, reference: string): boolean =>
  toComparableId(license.id) === toComparableId(reference);

/**
 * The keys of a reference by name, under its name before and after a renaming: a license of that name that comes into
 * the catalogue later is decided by them, too.
 */
function toReferenceKeys(reference: LicenseReference): readonly string[] {
  const named = typeof reference === 'string' ? { name: reference } : reference;
  const { name, subscriptionId = '', siteUrl = '' } = { subscriptionId: '', siteUrl: '', ...named };
  return toNamedKeys(name, subscriptionId, siteUrl);
}

/** Each key of a reference that means the license. */
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

/** A call that Webex answered with trouble, or not at all, has been seen to take effect some seconds later. */
const ARRIVES_WITHIN_MS = 15_000;
const MAX_UNANSWERED = 100;

/** The changes of a call whose answer is not known. */
export const toUnanswered = (changes: readonly PlannedChange[], now: Date): readonly Unanswered[] =>
  changes.flatMap(({ item, licenses }) => {
    const keys = item.kind === 'site' ? [toSiteKey(item.siteUrl)] : licenses.map(toIdKey);
    return keys.map((key) => toUnansweredKey(key, item.operation, now));
  });

/** What a lease holder that died may have sent for these choices. */
export const toPerhapsSent = (choices: readonly Choice[], now: Date): readonly Unanswered[] =>
  choices.flatMap((choice) =>
    toChoiceKeys(choice).map((key) => toUnansweredKey(key, choice.item.operation, now)),
  );

const toUnansweredKey = (key: string, operation: Operation, now: Date): Unanswered => {
  return { key, operation, until: new Date(now.getTime() + ARRIVES_WITHIN_MS) };
};

const toChoiceKeys = ({ item, candidates, lost }: Choice): readonly string[] =>
  item.kind === 'site' ? [toSiteKey(item.siteUrl)] : [...candidates, ...lost].map(toIdKey);

/** Until when a change that is still on its way may undo this choice; undefined where none may. */
export function findOpposed(choice: Choice, unanswered: readonly Unanswered[]): Date | undefined {
  const keys = toChoiceKeys(choice);
  const opposed = unanswered.filter(
    ({ key, operation }) => operation !== choice.item.operation && keys.includes(key),
  );
  if (opposed.length === 0) return undefined;
  return new Date(Math.max(...opposed.map(({ until }) => until.getTime())));
}

/** Those that may still arrive at Webex. */
export const stillUnanswered = (
  unanswered: readonly Unanswered[] | undefined,
  now: Date,
): readonly Unanswered[] => (unanswered ?? []).filter(({ until }) => until > now).slice(-MAX_UNANSWERED);
