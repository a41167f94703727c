import type { Clock } from '../platform/clock.ts';
import {
  isPersonalCalling,
  type License,
  type LicenseList,
  type LicenseReference,
  toFreeUnits,
} from './license.ts';
import { toComparableId } from './license-id.ts';
import { parsePlacedName, toCanonicalName, toComparableName } from './license-name.ts';

export type Catalogue = ReturnType<typeof createCatalogue>;

interface Reading {
  readonly licenses: readonly License[];
  readonly startedAt: Date;
}

interface CatalogueOptions {
  readonly listLicenses: (options: { readonly orgId?: string | undefined }) => Promise<LicenseList>;
  readonly maxAgeMs: number;
  readonly clock: Clock;
}

/** Caches the licenses of organizations; without `orgId`, of the token's own. All calls throw {@link WebexFailure}. */
export function createCatalogue({ listLicenses, maxAgeMs, clock }: CatalogueOptions) {
  // Bounded by the organizations that the settings allow.
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
  /** Concurrent callers share one call to Webex. */
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
    /** By a read that began at `since` or later. */
    readSince,
    /** Reads the catalogue from Webex, or joins a read that is under way. */
    refresh: async (orgId?: string) => (await (reading.get(orgId) ?? begin(orgId)).done).licenses,
    /** At most `maxAgeMs` old. */
    licenses: async (orgId?: string) =>
      (await readSince(new Date(clock().getTime() - maxAgeMs), orgId)).licenses,
  };
}

/**
 * The licenses that a reference may mean: the license with this id, or all with this name, the license with the most
 * free units first. A name is not unique: each subscription and site may have a license of it. Case, spacing and the
 * padding of ids are ignored. Where no license has the name, it matches names before or after the renaming, and a text such as
 * `Webex Suite (Sub100448)` is a name with its places.
 */
export function findCandidates(
  reference: LicenseReference,
  licenses: readonly License[],
): readonly License[] {
  const index = toIndex(licenses);
  return remember(index.candidates, toKey(reference), () => searchCandidates(reference, index));
}

const toKey = (reference: LicenseReference): string =>
  typeof reference === 'string'
    ? reference
    : JSON.stringify([reference.name, reference.subscriptionId, reference.siteUrl]);

function searchCandidates(reference: LicenseReference, index: Index): readonly License[] {
  const { byId, byName, byCanonicalName } = index;
  const only = typeof reference === 'string' ? byId.get(toComparableId(reference)) : undefined;
  if (only) return [only];
  const named = typeof reference === 'string' ? { name: reference } : reference;
  const { name, subscriptionId, siteUrl } = { subscriptionId: undefined, siteUrl: undefined, ...named };
  const inPlace = (alike: readonly License[] = []) =>
    alike.filter(
      (license) =>
        (subscriptionId === undefined || isAlike(license.subscriptionId, subscriptionId)) &&
        (siteUrl === undefined || isAlike(license.siteUrl, siteUrl)),
    );
  const exact = inPlace(byName.get(toComparableName(name)));
  const found = exact.length > 0 ? exact : inPlace(byCanonicalName.get(toCanonicalName(name)));
  const placed = found.length === 0 && typeof reference === 'string' ? parsePlacedName(reference) : undefined;
  if (placed) return searchCandidates(placed, index);
  return [...found].sort((a, b) => (toFreeUnits(b) ?? 0) - (toFreeUnits(a) ?? 0));
}

const isAlike = (text: string | null | undefined, other: string) =>
  text?.toLowerCase() === other.toLowerCase();

/** The license with this id. */
export function findLicense(id: string, licenses: readonly License[]): License | undefined {
  const { byId, found } = toIndex(licenses);
  return remember(found, id, () => ({ license: byId.get(toComparableId(id)) })).license;
}

/** Whether an id is of a license of Webex Calling for a person. */
export function isCallingId(id: string, licenses: readonly License[]): boolean {
  const license = findLicense(id, licenses);
  if (license === undefined) return false;
  const { calling } = toIndex(licenses);
  return remember(calling, license.id, () => isPersonalCalling(license));
}

type Index = ReturnType<typeof createIndex>;

/** What was searched before: each look at a person searches the same few licenses. */
const MAX_REMEMBERED = 10_000;

function remember<T>(known: Map<string, T>, key: string, search: () => T): T {
  const before = known.get(key);
  if (before !== undefined) return before;
  const found = search();
  if (known.size >= MAX_REMEMBERED) known.clear();
  known.set(key, found);
  return found;
}

/** One for each catalogue in use: a catalogue has thousands of rows, and each request searches it. */
const indexes = new WeakMap<readonly License[], Index>();

function toIndex(licenses: readonly License[]): Index {
  const index = indexes.get(licenses) ?? createIndex(licenses);
  indexes.set(licenses, index);
  return index;
}

const createIndex = (licenses: readonly License[]) => ({
  // The first of several rows with one id.
  byId: new Map(licenses.map((license) => [toComparableId(license.id), license] as const).reverse()),
  byName: groupBy(licenses, toComparableName),
  byCanonicalName: groupBy(licenses, toCanonicalName),
  candidates: new Map<string, readonly License[]>(),
  calling: new Map<string, boolean>(),
  found: new Map<string, { readonly license: License | undefined }>(),
});

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
