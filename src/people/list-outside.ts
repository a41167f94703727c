import type { WebexLicenses } from '../webex/client.ts';
import { WebexFailure } from '../webex/errors/failure.ts';
import { LISTING_UNREADABLE } from '../webex/paging.ts';
import type { ShortLicense } from './doubts.ts';
import { toOutsidePerson } from './person.ts';
import type { OutsideProgress, PeopleProgress } from './progress.ts';
import { type Reading, readIntoParts } from './read-into-parts.ts';

/**
 * Reads the holders of a license for those from outside the organization, whom the list of people does not have, until as
 * many are found as are missing. @throws {WebexFailure}
 */
export async function listOutside(
  pagesOf: WebexLicenses['assignedUserPages'],
  reading: Reading,
  { id, license, missing }: ShortLicense,
): Promise<void> {
  const at = ({ outside }: PeopleProgress): OutsideProgress =>
    outside.find((one) => one.license === license) ?? { license, pages: 0, isDone: false };
  const moveTo = (progress: PeopleProgress, next: Partial<OutsideProgress>): PeopleProgress => {
    const others = progress.outside.filter((one) => one.license !== license);
    return { ...progress, whole: undefined, outside: [...others, { ...at(progress), ...next }] };
  };
  let [found, isDone] = [0, false];
  const untilDone = { ...reading, isOver: () => isDone || reading.isOver() };
  const pages = pagesOf(id, { from: at(reading.progress()).next });
  try {
    await readIntoParts(untilDone, pages, ({ items, next }, progress, add) => {
      const outside = items.filter(({ type }) => type?.toUpperCase() === 'EXTERNAL');
      for (const user of outside) add(toOutsidePerson(user, license));
      found += outside.length;
      isDone = next === undefined || found >= missing;
      return moveTo(progress, { pages: at(progress).pages + 1, next, isDone });
    });
  } catch (error) {
    const isOfLicense =
      error instanceof WebexFailure && (error.isRefusal || error.condition === LISTING_UNREADABLE);
    if (!isOfLicense) throw error;
    // Who is missing stays unknown, and that is said.
    await reading.save(moveTo(reading.progress(), { isDone: true, failure: error.message }));
  }
}
