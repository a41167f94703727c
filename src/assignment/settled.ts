import type { LicenseReference } from '../contract/license-request.ts';
import type { Asked, Person } from '../ledger/person.ts';
import type { License } from '../webex/license.ts';
import { toComparableId } from '../webex/license-id.ts';
import { toCanonicalName, toComparableName } from '../webex/license-name.ts';

/** What was settled before for a person, by license and by site. */
export interface Settled {
  /** What decided about any of these comparable ids, and each removal by a name that means the license. */
  ofLicense(license: License, aliases: readonly string[]): readonly Asked[];
  ofSite(siteUrl: string): readonly Asked[];
}

const ID = 'id ';

export function toSettled(newest: Person['newest']): Settled {
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

export const toSiteKey = (siteUrl: string): string => `site ${siteUrl}`;

export const toIdKey = ({ id }: Pick<License, 'id'>): string => `${ID}${id}`;

/**
 * The keys of a reference by name, under its name before and after a renaming: a license of that name that comes into
 * the catalogue later is decided by them, too.
 */
export function toReferenceKeys(reference: LicenseReference): readonly string[] {
  const named = typeof reference === 'string' ? { name: reference } : reference;
  const { name, subscriptionId = '', siteUrl = '' } = { subscriptionId: '', siteUrl: '', ...named };
  return toKeys(name, subscriptionId, siteUrl);
}

/** Each key of a reference that means the license. */
function toNameKeys({ name, subscriptionId, siteUrl }: License): readonly string[] {
  const keys = ['', subscriptionId ?? ''].flatMap((subscription) =>
    ['', siteUrl ?? ''].flatMap((site) => toKeys(name, subscription, site)),
  );
  return [...new Set(keys)];
}

const toKeys = (name: string, subscriptionId: string, siteUrl: string): readonly string[] => [
  ...new Set(
    [toComparableName(name), toCanonicalName(name)].map((one) =>
      `name ${one} ${subscriptionId} ${siteUrl.toLowerCase()}`.trimEnd(),
    ),
  ),
];
