import { findPersonKeys } from '../person-keys.ts';
import { toPersonKey } from '../record/person.ts';
import type { StoredRequest } from '../record/record.ts';
import type { RequestStore } from '../store.ts';

const PAGE = 200;
/** Far above the requests of any real person within the retention. */
const MAX_PAGES = 25;

/**
 * All requests of the person of a request that are kept, under each name of the person: each name is a range of rows.
 * Undefined where there are too many.
 */
export async function readHistory(
  requestStore: Pick<RequestStore, 'list' | 'readName'>,
  record: StoredRequest,
): Promise<readonly StoredRequest[] | undefined> {
  const found = new Map<string, StoredRequest>();
  let pages = 0;
  for (const personKey of await findPersonKeys(requestStore, toKeys(record))) {
    let next: string | undefined;
    do {
      if (pages >= MAX_PAGES) return undefined;
      const page = await requestStore.list({ personKey }, PAGE, next);
      // A newer version wrote it: nothing may be decided without it.
      if (page.unreadable.length > 0) return undefined;
      for (const one of page.records) found.set(one.requestId, one);
      next = page.next;
      pages += 1;
    } while (next !== undefined);
  }
  return [...new Map([...found, [record.requestId, record]]).values()];
}

/** The names in the request, and the id that Webex confirmed. */
function toKeys({ personKey, personId, request }: StoredRequest): readonly string[] {
  const { person, orgId } = request ?? { person: {} };
  const names = [
    ...(personId === undefined ? [] : [{ personId }]),
    ...(person.personId === undefined ? [] : [{ personId: person.personId }]),
    ...(person.email === undefined ? [] : [{ email: person.email }]),
  ];
  return [...new Set([personKey, ...names.map((name) => toPersonKey({ person: name, orgId }))])];
}
