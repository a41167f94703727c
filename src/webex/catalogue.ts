import type { Clock } from '../platform/clock.ts';
import { type License, type LicenseList, type LicenseReference, toFreeUnits } from './license.ts';
import { toComparableId } from './license-id.ts';
import { toCanonicalName, toComparableName } from './license-name.ts';

/** The licenses of an organization, as they were a short time ago; without `orgId`, of the token's own. */
export interface Catalogue {
  /** @throws {WebexFailure} where Webex cannot be asked */
  licenses(orgId?: string): Promise<readonly License[]>;
  /** Asks Webex again, whatever the age of what is known. */
  refresh(orgId?: string): Promise<readonly License[]>;
  /** As it was read no earlier than this, with the time at which that reading began. */
  readSince(since: Date, orgId?: string): Promise<Reading>;
}

export interface Reading {
  readonly licenses: readonly License[];
  readonly startedAt: Date;
}

export interface CatalogueOptions {
  readonly listLicenses: (options: { readonly orgId?: string | undefined }) => Promise<LicenseList>;
  readonly maxAgeMs: number;
  readonly clock: Clock;
}

export function createCatalogue({ listLicenses, maxAgeMs, clock }: CatalogueOptions): Catalogue {
  // As many as the settings allow organizations.
  const known = new Map<string | undefined, Reading>();
  const reading = new Map<
    string | undefined,
    { readonly startedAt: Date; readonly done: Promise<Reading> }
  >();

  const read = async (startedAt: Date, orgId?: string): Promise<Reading> => {
    const { licenses } = await listLicenses({ orgId });
    const done = { licenses, startedAt };
    const last = known.get(orgId);
    if (last === undefined || last.startedAt < startedAt) known.set(orgId, done);
    return done;
  };
  /** One call to Webex, however many ask at once. */
  const begin = (orgId?: string) => {
    const startedAt = clock();
    const done = read(startedAt, orgId).finally(() => {
      if (reading.get(orgId)?.done === done) reading.delete(orgId);
    });
    const begun = { startedAt, done };
    reading.set(orgId, begun);
    return begun;
  };
  const readSince = (since: Date, orgId?: string): Promise<Reading> => {
    const last = known.get(orgId);
    if (last && last.startedAt >= since) return Promise.resolve(last);
    const begun = reading.get(orgId);
    return (begun && begun.startedAt >= since ? begun : begin(orgId)).done;
  };
  return {
    readSince,
    refresh: async (orgId) => (await (reading.get(orgId) ?? begin(orgId)).done).licenses,
    licenses: async (orgId) => (await readSince(new Date(clock().getTime() - maxAgeMs), orgId)).licenses,
  };
}

/**
 * The licenses that a request may mean: the one with this id, or all with this name, the one with the most
 * free units first. A name is not unique: there is one per subscription and site. Case, spacing and the padding of ids
 * do not count, and where no license has the name, one that was or is now called so is meant.
 */
export function findCandidates(
  reference: LicenseReference,
  licenses: readonly License[],
): readonly License[] {
  const { byId, byName, byCanonicalName } = toIndex(licenses);
  const only = typeof reference === 'string' ? byId.get(toComparableId(reference)) : undefined;
  if (only) return [only];
  const wanted = typeof reference === 'string' ? { name: reference } : reference;
  const { subscriptionId, siteUrl } = { subscriptionId: undefined, siteUrl: undefined, ...wanted };
  const inPlace = (named: readonly License[] = []) =>
    named.filter(
      (license) =>
        (subscriptionId === undefined || license.subscriptionId === subscriptionId) &&
        (siteUrl === undefined || license.siteUrl?.toLowerCase() === siteUrl.toLowerCase()),
    );
  const exact = inPlace(byName.get(toComparableName(wanted.name)));
  const found = exact.length > 0 ? exact : inPlace(byCanonicalName.get(toCanonicalName(wanted.name)));
  return [...found].sort((a, b) => (toFreeUnits(b) ?? 0) - (toFreeUnits(a) ?? 0));
}

interface Index {
  readonly byId: ReadonlyMap<string, License>;
  readonly byName: ReadonlyMap<string, readonly License[]>;
  readonly byCanonicalName: ReadonlyMap<string, readonly License[]>;
}

/** One for each reading that is in use: a catalogue has thousands of rows, and each request looks for its own. */
const indexes = new WeakMap<readonly License[], Index>();

function toIndex(licenses: readonly License[]): Index {
  const known = indexes.get(licenses);
  if (known) return known;
  const index = {
    // Of an id that is there twice, the first.
    byId: new Map(licenses.map((license) => [toComparableId(license.id), license] as const).reverse()),
    byName: groupBy(licenses, toComparableName),
    byCanonicalName: groupBy(licenses, toCanonicalName),
  };
  indexes.set(licenses, index);
  return index;
}

function groupBy(licenses: readonly License[], toKey: (name: string) => string) {
  const groups = new Map<string, License[]>();
  for (const license of licenses) {
    const key = toKey(license.name);
    const group = groups.get(key) ?? [];
    groups.set(key, group);
    group.push(license);
  }
  return groups;
}
