import type { WebexClient } from '../webex/client.ts';
import { WebexFailure } from '../webex/errors/failure.ts';
import type { ListedPerson } from '../webex/listed-people.ts';
import type { Page } from '../webex/paging.ts';
import { type Places, toPerson } from './person.ts';
import { newPeopleProgress, type PeopleProgress } from './progress.ts';
import { PAGES_PER_PART, type Read, type Reading, readIntoParts, type TakePage } from './read-into-parts.ts';

/** So often the list is begun anew where Webex refuses an old link. */
const MAX_RESTARTS = 3;
/** More pages than this that begin with the first person of an earlier one: the list goes round in a circle. */
const MAX_REPEATED_PAGES = PAGES_PER_PART;

/**
 * Lists everybody in the organization into parts, and goes on where an earlier invocation stopped. The list has no order
 * and is no snapshot in time: somebody may be in two parts.
 */
export async function listPeople(
  pagesFrom: WebexClient['people']['pages'],
  reading: Reading,
  begun: PeopleProgress,
  places: Places,
): Promise<Read> {
  const pages = endCircles(pagesFrom(begun.next));
  const read = await readIntoParts(reading, begun, pages, (...page) => takePage(places, ...page));
  const { progress, stoppedBy } = read;
  const isLinkRefused = stoppedBy?.isRefusal && stoppedBy.status !== undefined && progress.next !== undefined;
  return isLinkRefused ? restart(reading, progress, stoppedBy) : read;
}

function takePage(
  places: Places,
  ...[{ items, odd = 0, next, hasLostQuery = false }, progress, add]: Parameters<TakePage<ListedPerson>>
): PeopleProgress {
  const holders = [...progress.holders];
  let { untold } = progress;
  for (const item of items) {
    const person = toPerson(item, places);
    add(person);
    if (!person.licenses) untold += 1;
    for (const license of person.licenses ?? [])
      if (typeof license === 'number') holders[license] = (holders[license] ?? 0) + 1;
  }
  return {
    ...progress,
    pages: progress.pages + 1,
    rows: progress.rows + items.length,
    odd: progress.odd + odd,
    lostQueries: progress.lostQueries + Number(hasLostQuery),
    isListed: next === undefined,
    ...{ untold, next, holders },
  };
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

/** Links are good for a while: where Webex refuses one, the list is begun anew, and its parts are forgotten. */
async function restart(
  { save }: Reading,
  { restarts, holders }: PeopleProgress,
  refusal: WebexFailure,
): Promise<Read> {
  const progress = newPeopleProgress(holders.length, restarts + 1);
  if (restarts >= MAX_RESTARTS) return { progress, stoppedBy: toFailure('people-link-refused', refusal) };
  await save(progress);
  return { progress };
}

const toFailure = (condition: string, { status, trackingId }: Partial<WebexFailure> = {}) =>
  new WebexFailure({
    condition,
    remedy: 'permanent',
    errors: [],
    ...(status !== undefined && { status }),
    ...(trackingId !== undefined && { trackingId }),
  });
