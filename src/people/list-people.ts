import type { WebexClient } from '../webex/client.ts';
import { WebexFailure } from '../webex/errors/failure.ts';
import type { ListedPerson } from '../webex/listed-people.ts';
import type { Page } from '../webex/paging.ts';
import { type Places, toPerson } from './person.ts';
import { newPeopleProgress } from './progress.ts';
import { PAGES_PER_PART, type Reading, readIntoParts } from './read-into-parts.ts';

/** So often the list is begun anew where Webex refuses an old link. */
const MAX_RESTARTS = 3;
/** More pages than this that begin with the first person of an earlier one: the list goes round in a circle. */
const MAX_REPEATED_PAGES = PAGES_PER_PART;

/**
 * Lists everybody in the organization into parts, and goes on where an earlier invocation stopped. The list has no order
 * and is no snapshot in time: somebody may be in two parts. Links are good for a while: where Webex refuses one, the list
 * is begun anew, and its parts are forgotten. @throws {WebexFailure}
 */
export async function listPeople(
  pagesFrom: WebexClient['people']['pages'],
  reading: Reading,
  places: Places,
): Promise<void> {
  const { next } = reading.progress();
  try {
    await readIntoParts(reading, endCircles(pagesFrom(next)), (page, progress, add) => {
      for (const row of page.items) add(toPerson(row, places));
      return {
        ...progress,
        pages: progress.pages + 1,
        odd: progress.odd + (page.odd ?? 0),
        lostQueries: progress.lostQueries + Number(page.hasLostQuery ?? false),
        isListed: page.next === undefined,
        next: page.next,
      };
    });
  } catch (error) {
    const { restarts, totals, next: refused } = reading.progress();
    const isLinkRefused = error instanceof WebexFailure && error.isRefusal && error.status !== undefined;
    if (!isLinkRefused || refused === undefined) throw error;
    if (restarts >= MAX_RESTARTS) throw toFailure('people-link-refused');
    await reading.save(newPeopleProgress(totals.holders.length, restarts + 1));
  }
}

/** Fails where pages come again and again. @throws {WebexFailure} */
function endCircles(pages: AsyncIterator<Page<ListedPerson>, void>): typeof pages {
  const firsts = new Set<string>();
  let repeated = 0;
  return {
    async next() {
      const page = await pages.next();
      const first = page.done ? undefined : page.value.items[0]?.id;
      if (first !== undefined && firsts.has(first)) repeated += 1;
      else if (first !== undefined) firsts.add(first);
      if (repeated > MAX_REPEATED_PAGES) throw toFailure('people-list-repeats');
      return page;
    },
  };
}

const toFailure = (condition: string) => new WebexFailure({ condition, remedy: 'permanent', errors: [] });
