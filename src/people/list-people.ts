import type { WebexClient } from '../webex/client.ts';
import { orFailure, WebexFailure } from '../webex/errors/failure.ts';
import { createPartWriter, PAGES_PER_PART, type Reading } from './part-writer.ts';
import { type Places, toPerson } from './person.ts';
import { newPeopleProgress, type PeopleProgress } from './progress.ts';

export interface Read {
  readonly progress: PeopleProgress;
  /** Why it stopped before the end, where Webex is why: nothing that was read is lost. */
  readonly stoppedBy?: WebexFailure;
}

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
  let progress = begun;
  const writer = createPartWriter(reading, begun);
  const pages = pagesFrom(begun.next);
  const firsts = new Set<string>();
  let repeatedPages = 0;
  for (let inPart = 1; !progress.isListed; inPart += 1) {
    const page = await orFailure(pages.next());
    if (page instanceof WebexFailure) {
      if (isLinkRefused(page, progress)) {
        await writer.end();
        return restart(reading, progress, page);
      }
      if (progress !== begun) await writer.write(progress);
      return { progress: await writer.end(), stoppedBy: page };
    }
    if (page.done) break;
    const { items, odd = 0, next, hasLostQuery = false } = page.value;
    const first = items[0]?.id ?? '';
    if (firsts.has(first)) repeatedPages += 1;
    else if (first !== '') firsts.add(first);
    if (repeatedPages > MAX_REPEATED_PAGES)
      return { progress: await writer.end(), stoppedBy: toPeopleFailure('people-list-repeats') };
    const holders = [...progress.holders];
    let { untold } = progress;
    for (const item of items) {
      const person = toPerson(item, places);
      writer.add(person);
      if (!person.licenses) untold += 1;
      for (const license of person.licenses ?? [])
        if (typeof license === 'number') holders[license] = (holders[license] ?? 0) + 1;
    }
    const { next: _before, ...rest } = progress;
    progress = {
      ...rest,
      pages: progress.pages + 1,
      rows: progress.rows + items.length,
      odd: progress.odd + odd,
      untold,
      lostQueries: progress.lostQueries + Number(hasLostQuery),
      ...(next !== undefined && { next }),
      isListed: next === undefined,
      holders,
    };
    if (inPart % PAGES_PER_PART === 0 || progress.isListed || reading.isOver()) await writer.write(progress);
    if (reading.isOver()) break;
  }
  return { progress: await writer.end() };
}

const isLinkRefused = ({ isRefusal, status }: WebexFailure, { next }: PeopleProgress): boolean =>
  isRefusal && status !== undefined && next !== undefined;

/** Links are good for a while: where Webex refuses one, the list is begun anew, and its parts are forgotten. */
async function restart(
  { save }: Reading,
  { restarts, holders }: PeopleProgress,
  refusal: WebexFailure,
): Promise<Read> {
  const progress = newPeopleProgress(holders.length, restarts + 1);
  if (restarts >= MAX_RESTARTS)
    return { progress, stoppedBy: toPeopleFailure('people-link-refused', refusal) };
  await save(progress);
  return { progress };
}

const toPeopleFailure = (condition: string, { status, trackingId }: Partial<WebexFailure> = {}) =>
  new WebexFailure({
    condition,
    remedy: 'permanent',
    errors: [],
    ...(status !== undefined && { status }),
    ...(trackingId !== undefined && { trackingId }),
  });
