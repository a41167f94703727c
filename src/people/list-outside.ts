import type { WebexLicenses } from '../webex/client.ts';
import { orFailure, WebexFailure } from '../webex/errors/failure.ts';
import { LISTING_UNREADABLE } from '../webex/paging.ts';
import type { Read } from './list-people.ts';
import { createPartWriter, PAGES_PER_PART, type Reading } from './part-writer.ts';
import { toOutsidePerson } from './person.ts';
import type { OutsideProgress, PeopleProgress } from './progress.ts';

/** A license with fewer holders in the list of people than the catalogue counts. */
export interface ShortLicense {
  readonly id: string;
  /** Its place in the catalogue. */
  readonly license: number;
  readonly missing: number;
}

/**
 * Reads the holders of licenses for those from outside the organization, whom the list of people does not have: license
 * after license, each until as many are found as are missing. One whose holders were read before is not read again.
 */
export async function listOutside(
  pagesOf: WebexLicenses['assignedUserPages'],
  reading: Reading,
  begun: PeopleProgress,
  short: readonly ShortLicense[],
): Promise<Read> {
  let progress = begun;
  const writer = createPartWriter(reading, begun);
  let inPart = 0;

  for (const { id, license, missing } of short) {
    const before = progress.outside.find((one) => one.license === license);
    let at: OutsideProgress = before ?? { license, pages: 0, found: 0, isDone: false };
    if (at.isDone) continue;
    const pages = pagesOf(id, { from: at.next });
    while (!at.isDone) {
      const page = await orFailure(pages.next());
      if (page instanceof WebexFailure && !(page.isRefusal || page.condition === LISTING_UNREADABLE)) {
        if (progress !== begun) await writer.write(progress);
        return { progress: await writer.end(), stoppedBy: page };
      }
      if (page instanceof WebexFailure) at = { ...at, isDone: true, failure: page.message };
      else if (page.done) at = { ...at, isDone: true };
      else {
        const { items, next } = page.value;
        const outside = items.filter(({ type }) => type?.toUpperCase() === 'EXTERNAL');
        for (const user of outside) writer.add(toOutsidePerson(user, license));
        const found = at.found + outside.length;
        const { next: _past, ...rest } = at;
        const isDone = next === undefined || found >= missing;
        at = { ...rest, pages: at.pages + 1, found, isDone, ...(next !== undefined && { next }) };
      }
      const others = progress.outside.filter((one) => one.license !== license);
      progress = { ...progress, outside: [...others, at] };
      inPart += 1;
      if (inPart % PAGES_PER_PART === 0) await writer.write(progress);
      if (reading.isOver()) break;
    }
    if (reading.isOver()) break;
  }
  await writer.write(progress);
  return { progress: await writer.end() };
}
