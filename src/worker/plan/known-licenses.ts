import * as z from 'zod';
import { type Immutable, keepUnknown, stored } from '../../platform/stored.ts';
import { findCandidates } from '../../webex/catalogue.ts';
import type { License } from '../../webex/license.ts';
import { toComparableId } from '../../webex/license-id.ts';

const date = z.coerce.date();

/** A license that a catalogue of the organization has listed, and the times at which it did. */
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
/** How often `lastSeenAt` is written. */
const SEEN_EVERY_MS = DAY_MS;
/** How long requests wait for a lost license, since the catalogue may have been incomplete. */
export const AWAITED_FOR_MS = 7 * DAY_MS;
/** How long a lost license is remembered: a person may hold it for as long as the subscription is billed. */
const REMEMBERED_FOR_MS = 400 * DAY_MS;
const MAX_REMEMBERED = 10_000;
/** A catalogue that lacks more than this share of the last one is taken for an incomplete answer. */
const MAX_SHARE_GONE = 0.5;

/**
 * Whether a catalogue is taken for an incomplete answer: it is empty, or lacks over half of the last one. A license with a
 * successor of its name, as after a renewal, is not lacking.
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
    ({ id, name }) => ![id, { name }].some((reference) => findCandidates(reference, licenses).length > 0),
  );
  return gone.length > before.length * MAX_SHARE_GONE;
}

/** The known licenses after a read of a complete catalogue; the same list where nothing has changed. */
export function learn(
  known: readonly KnownLicense[],
  licenses: readonly License[],
  at: Date,
): readonly KnownLicense[] {
  const before = new Map(known.map((license) => [toComparableId(license.id), license]));
  const latest = Math.max(0, ...known.map(({ lastSeenAt }) => lastSeenAt.getTime()));
  const listed = new Map(licenses.map((license) => [toComparableId(license.id), license]));
  const isSeen = ([key, { name, subscriptionId, siteUrl }]: readonly [string, License]) => {
    const seen = before.get(key);
    return (
      seen?.lastSeenAt.getTime() === latest &&
      seen.name === name &&
      seen.subscriptionId === (subscriptionId ?? undefined) &&
      seen.siteUrl === (siteUrl ?? undefined)
    );
  };
  const isLost = ({ id }: KnownLicense) => !listed.has(toComparableId(id));
  const hasLost = known.some((license) => license.lastSeenAt.getTime() === latest && isLost(license));
  if (!hasLost && at.getTime() - latest < SEEN_EVERY_MS && [...listed].every(isSeen)) return known;
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
    .filter((license) => isLost(license) && at.getTime() - license.lastSeenAt.getTime() < REMEMBERED_FOR_MS)
    .sort((a, b) => b.lastSeenAt.getTime() - a.lastSeenAt.getTime());
  return [...present, ...lost].slice(0, Math.max(MAX_REMEMBERED, present.length));
}

/** The possible successors of a lost license. A license that was listed together with it is not its successor. */
export function toSuccessors(
  lost: KnownLicense,
  licenses: readonly License[],
  byId: ReadonlyMap<string, KnownLicense>,
): readonly License[] {
  const since = findCandidates({ name: lost.name }, licenses).filter(({ id }) => {
    const known = byId.get(toComparableId(id));
    return known !== undefined && known.firstSeenAt > lost.lastSeenAt;
  });
  const ofSite = since.filter(({ siteUrl }) => (siteUrl ?? undefined) === lost.siteUrl);
  const alike = ofSite.length > 0 ? ofSite : since;
  const ofSubscription = alike.filter(({ subscriptionId }) => subscriptionId === lost.subscriptionId);
  return ofSubscription.length === 1 ? ofSubscription : alike;
}
