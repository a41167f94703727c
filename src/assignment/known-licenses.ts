import * as z from 'zod';
import { type Immutable, keepUnknown, stored } from '../contract/stored.ts';
import { findCandidates } from '../webex/catalogue.ts';
import type { License } from '../webex/license.ts';
import { toComparableId } from '../webex/license-id.ts';

const date = z.coerce.date();

/** A license that a catalogue of the organization has listed, and when. */
export const knownLicenseSchema = stored({
  id: z.string(),
  name: z.string(),
  subscriptionId: z.string().exactOptional(),
  siteUrl: z.string().exactOptional(),
  firstSeenAt: date,
  lastSeenAt: date,
});
export type KnownLicense = Immutable<z.output<typeof knownLicenseSchema>>;

const DAY_MS = 86_400_000;
/** A license that is still listed is noted again no more often than this. */
const NOTED_EVERY_MS = DAY_MS;
/** How long a license that the catalogue has lost is waited for, in case the catalogue was not complete. */
const AWAITED_FOR_MS = 7 * DAY_MS;
/** How long the name of a lost license is remembered: someone may hold it for as long as the subscription is billed. */
const REMEMBERED_FOR_MS = 400 * DAY_MS;
const MAX_REMEMBERED = 10_000;
/** A catalogue that lacks more than this share of the one before it is taken for an incomplete answer. */
const MAX_SHARE_GONE = 0.5;

/**
 * Whether a catalogue is taken for an incomplete answer: it is empty, or lacks over half of the one before it. A
 * license is not lacking where another one has its name, as after a renewal.
 */
export function isIncomplete(
  licenses: readonly License[],
  known: readonly KnownLicense[],
  at: Date,
): boolean {
  if (licenses.length === 0) return true;
  const latest = Math.max(0, ...known.map(({ lastSeenAt }) => lastSeenAt.getTime()));
  if (at.getTime() - latest > AWAITED_FOR_MS) return false;
  const before = known.filter(({ lastSeenAt }) => lastSeenAt.getTime() === latest);
  const gone = before.filter(
    ({ id, name }) => ![id, { name }].some((one) => findCandidates(one, licenses).length > 0),
  );
  return gone.length > before.length * MAX_SHARE_GONE;
}

/** What is known once a complete catalogue was read; the same list where there is nothing to note. */
export function learn(
  known: readonly KnownLicense[],
  licenses: readonly License[],
  at: Date,
): readonly KnownLicense[] {
  const before = new Map(known.map((one) => [toComparableId(one.id), one]));
  const latest = Math.max(0, ...known.map(({ lastSeenAt }) => lastSeenAt.getTime()));
  const listed = new Map(licenses.map((license) => [toComparableId(license.id), license]));
  const isNoted = ([key, { name, subscriptionId, siteUrl }]: readonly [string, License]) => {
    const one = before.get(key);
    return (
      one?.lastSeenAt.getTime() === latest &&
      one.name === name &&
      one.subscriptionId === (subscriptionId ?? undefined) &&
      one.siteUrl === (siteUrl ?? undefined)
    );
  };
  const isLost = (one: KnownLicense) => !listed.has(toComparableId(one.id));
  const hasLost = known.some((one) => one.lastSeenAt.getTime() === latest && isLost(one));
  if (!hasLost && at.getTime() - latest < NOTED_EVERY_MS && [...listed].every(isNoted)) return known;
  const present = [...listed].map(
    ([key, { id, name, subscriptionId, siteUrl }]): KnownLicense =>
      keepUnknown(knownLicenseSchema, before.get(key), {
        id,
        name,
        ...(subscriptionId && { subscriptionId }),
        ...(siteUrl && { siteUrl }),
        firstSeenAt: before.get(key)?.firstSeenAt ?? at,
        lastSeenAt: at,
      }),
  );
  const lost = known
    .filter((one) => isLost(one) && at.getTime() - one.lastSeenAt.getTime() < REMEMBERED_FOR_MS)
    .sort((a, b) => b.lastSeenAt.getTime() - a.lastSeenAt.getTime());
  return [...present, ...lost].slice(0, Math.max(MAX_REMEMBERED, present.length));
}

/** The catalogue as it is now, and the licenses that it had before. */
export interface CatalogueNow {
  readonly licenses: readonly License[];
  /** Known before, and not in the catalogue. */
  readonly lost: readonly License[];
  /** The answer is not believed: what it lacks may still be there. */
  readonly isIncomplete: boolean;
  /** Whether a license of this id is, or was, in the catalogue. */
  isKnown(id: string): boolean;
  /** Whether a lost license may come back, because the catalogue was perhaps not complete. */
  isAwaited(lost: License): boolean;
  /** The licenses that may have taken the place of a lost one: of its name, and listed only since it is lost. */
  successors(lost: License): readonly License[];
  /** The id of a license, and those of the lost ones whose place it alone has taken: comparable. */
  aliases(license: Pick<License, 'id'>): readonly string[];
}

export function toCatalogueNow(
  licenses: readonly License[],
  known: readonly KnownLicense[],
  at: Date,
): CatalogueNow {
  const byId = new Map(known.map((one) => [toComparableId(one.id), one]));
  const listed = new Set(licenses.map(({ id }) => toComparableId(id)));
  const lost = known.filter(({ id }) => !listed.has(toComparableId(id)));
  const followed = new Map<string, readonly License[]>();
  const aliases = new Map<string, string[]>();
  for (const one of lost) {
    const successors = toSuccessors(one, licenses, byId);
    followed.set(toComparableId(one.id), successors);
    const [only] = successors.length === 1 ? successors : [];
    if (only === undefined) continue;
    const key = toComparableId(only.id);
    aliases.set(key, [...(aliases.get(key) ?? []), toComparableId(one.id)]);
  }
  const isAnswerIncomplete = isIncomplete(licenses, known, at);
  return {
    licenses,
    lost,
    isIncomplete: isAnswerIncomplete,
    isKnown: (id) => listed.has(toComparableId(id)) || byId.has(toComparableId(id)),
    isAwaited({ id }) {
      const one = byId.get(toComparableId(id));
      return one !== undefined && at.getTime() - one.lastSeenAt.getTime() < AWAITED_FOR_MS;
    },
    successors: ({ id }) => followed.get(toComparableId(id)) ?? [],
    aliases: ({ id }) => [toComparableId(id), ...(aliases.get(toComparableId(id)) ?? [])],
  };
}

/** A license that was listed beside the lost one is another subscription's, and not its successor. */
function toSuccessors(
  lost: KnownLicense,
  licenses: readonly License[],
  byId: ReadonlyMap<string, KnownLicense>,
): readonly License[] {
  const since = findCandidates({ name: lost.name }, licenses).filter(({ id }) => {
    const known = byId.get(toComparableId(id));
    return known !== undefined && known.firstSeenAt > lost.lastSeenAt;
  });
  const ofSite = since.filter((one) => (one.siteUrl ?? undefined) === lost.siteUrl);
  const alike = ofSite.length > 0 ? ofSite : since;
  const ofSubscription = alike.filter((one) => one.subscriptionId === lost.subscriptionId);
  return ofSubscription.length === 1 ? ofSubscription : alike;
}
