import { hasTrueCounts, isPool, type License } from '../webex/license.ts';
import type { Merged, PeopleProgress } from './progress.ts';

/** Something that does not add up in a reading of all people. */
export interface Doubt {
  readonly condition: 'holders-missing' | 'people-repeated' | 'people-odd' | 'people-untold' | 'query-lost';
  readonly detail: string;
  /** Whether the snapshot is not to become the latest for it. */
  readonly isGrave: boolean;
}

/** More than this of the people, or of the holders of a license, is more than changes while people are listed. */
const MAX_SHARE_IN_DOUBT = 0.01;
/** In a small organization, a share of one percent is nobody. */
const MAX_PEOPLE_IN_DOUBT = 3;

/** People may have lost a license while they were read: the lower count of before and after counts. */
export function toCounts(before: readonly License[], after: readonly License[]): (number | null)[] {
  const later = new Map(after.map(({ id, consumedByUsers }) => [id, consumedByUsers]));
  return before.map(({ id, consumedByUsers }) => {
    const counts = [consumedByUsers, later.get(id)].filter((count) => typeof count === 'number');
    return counts.length === 0 ? null : Math.min(...counts);
  });
}

/** How many holders of a license are missing, by its count; 0 where Webex gives no count that says something. */
const toMissing = (license: License, counted?: number | null, holders = 0) =>
  hasTrueCounts(license) ? Math.max(0, (counted ?? 0) - holders) : 0;

/** The paid licenses that have fewer holders than the catalogue counts, and whose own listing was not read yet. */
export function findShort(licenses: readonly License[], { totals, counts, outside, whole }: PeopleProgress) {
  const { holders } = whole?.totals ?? totals;
  return licenses.flatMap((license, place) => {
    const missing = toMissing(license, counts?.[place], holders[place]);
    const isRead = outside.some((one) => one.license === place && one.isDone);
    return missing > 0 && isPool(license) && !isRead ? [{ id: license.id, license: place, missing }] : [];
  });
}

export type ShortLicense = ReturnType<typeof findShort>[number];

/**
 * What does not add up once all is read: holders that the catalogue counts and nobody listed, people who came twice, rows
 * that cannot be read. Each kind is told apart; it is grave beyond one percent, and a lost query always is.
 */
export function findDoubts(
  { odd, lostQueries, outside, counts = [] }: PeopleProgress,
  { repeated, totals: { people, untold, holders } }: Pick<Merged, 'repeated' | 'totals'>,
  licenses: readonly License[],
): readonly Doubt[] {
  const isMany = (count: number) => count > Math.max(MAX_PEOPLE_IN_DOUBT, people * MAX_SHARE_IN_DOUBT);
  const ofAll = (
    condition: Doubt['condition'],
    count: number,
    detail: string,
    isGrave = isMany(count),
  ): readonly Doubt[] => (count === 0 ? [] : [{ condition, detail: `${count} ${detail}`, isGrave }]);
  return [
    ...licenses.flatMap((license, place): readonly Doubt[] => {
      const missing = toMissing(license, counts[place], holders[place]);
      if (missing === 0) return [];
      const { failure } = outside.find((one) => one.license === place) ?? {};
      const why = failure ?? `${missing} of its people are missing from the listing of Webex`;
      const detail = `who holds ${license.name} is not known in full: ${why}`;
      const isGrave = missing > (counts[place] ?? 0) * MAX_SHARE_IN_DOUBT;
      return [{ condition: 'holders-missing', detail, isGrave }];
    }),
    ...ofAll('people-repeated', repeated, 'people were listed more than once; each is kept once'),
    ...ofAll('people-odd', odd, 'people are left out: they have no id'),
    ...ofAll('people-untold', untold, 'people are kept without their licenses: Webex did not tell them'),
    ...ofAll(
      'query-lost',
      lostQueries,
      'links of Webex had lost a part of their query: who is missing is not known',
      true,
    ),
  ];
}
