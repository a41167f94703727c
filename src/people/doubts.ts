import { hasTrueCounts, type License } from '../webex/license.ts';
import type { Merged, PeopleProgress } from './progress.ts';

/** Something that does not add up in a reading of all people. */
export interface Doubt {
  readonly condition: 'holders-missing' | 'people-repeated' | 'people-odd' | 'people-untold' | 'query-lost';
  readonly detail: string;
  /** Whether the snapshot is not to become the latest for it. */
  readonly isGrave: boolean;
}

/** More than this of the people, or of the holders of a license, is more than changes while people are listed. */
export const MAX_SHARE_IN_DOUBT = 0.01;
/** In a small organization, a share of one percent is nobody. */
const MAX_PEOPLE_IN_DOUBT = 3;
/** Fewer people than this share of those before is taken for a fault of the source. */
export const MIN_SHARE_LEFT = 0.5;

/** A license with how many people hold it: as the catalogue counts, the lower count of before and after the reading. */
export type Counted = License & { readonly counted: number | undefined };

/** How many holders of a license are missing, by its count; 0 where Webex gives no count that says something. */
export const toMissing = (license: Counted, holders: number | undefined): number =>
  hasTrueCounts(license) ? Math.max(0, (license.counted ?? 0) - (holders ?? 0)) : 0;

/**
 * What does not add up once all is read: holders that the catalogue counts and nobody listed, people who came twice, rows
 * that cannot be read. Each kind is told apart; it is grave beyond one percent, and a lost query always is.
 */
export function findDoubts(
  { odd, lostQueries, outside }: PeopleProgress,
  merged: Merged,
  licenses: readonly Counted[],
): readonly Doubt[] {
  const { people, repeated, untold, holders } = merged;
  const isMany = (count: number) => count > Math.max(MAX_PEOPLE_IN_DOUBT, people * MAX_SHARE_IN_DOUBT);
  const ofAll = (condition: Doubt['condition'], count: number, detail: string): readonly Doubt[] =>
    count === 0 ? [] : [{ condition, detail: `${count} ${detail}`, isGrave: isMany(count) }];
  return [
    ...licenses.flatMap((license, place): Doubt[] => {
      const { failure } = outside.find((one) => one.license === place) ?? {};
      const missing = toMissing(license, holders[place]);
      if (missing === 0) return [];
      const why = failure ?? `${missing} of its people are missing from the listing of Webex`;
      const detail = `who holds ${license.name} is not known in full: ${why}`;
      const isGrave = missing > (license.counted ?? 0) * MAX_SHARE_IN_DOUBT;
      return [{ condition: 'holders-missing', detail, isGrave }];
    }),
    ...ofAll('people-repeated', repeated, 'people were listed more than once; each is kept once'),
    ...ofAll('people-odd', odd, 'people are left out: they have no id'),
    ...ofAll('people-untold', untold, 'people are kept without their licenses: Webex did not tell them'),
    ...(lostQueries === 0
      ? []
      : [
          {
            condition: 'query-lost' as const,
            detail: `${lostQueries} links of Webex had lost a part of their query: who is missing is not known`,
            isGrave: true,
          },
        ]),
  ];
}

/** Whether so many people are gone since the snapshot before that it is taken for a fault. */
export const isCollapsed = (now: number, before: number | undefined): boolean =>
  before !== undefined && now < before * MIN_SHARE_LEFT;
