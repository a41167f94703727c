import { toNextQuery, UnknownCursor } from '../http/cursor.ts';
import { type HttpAnswer, toProblem } from '../http/problem.ts';
import { readTimeRange, toRangeQuery } from '../http/time-range.ts';
import { hasControl } from '../platform/plain-text.ts';
import { batchSchema, sourceSchema } from './license-request.ts';
import { findPersonKeys } from './person-keys.ts';
import { toPersonKey } from './record/person.ts';
import type { StoredRequest } from './record/record.ts';
import { FINAL_STATES, OPEN_STATES } from './record/states.ts';
import { toView } from './record/view.ts';
import type { RequestStore } from './store.ts';

const PAGE = 100;
/** A query of storage may scan for long and find little: the limit of queries for one answer. */
const MAX_READS = 5;
/** The filters that a batch is not listed by. */
const ALONE = new Set(['state', 'source', 'person', 'since', 'until']);
const STATES = [...OPEN_STATES, ...FINAL_STATES];

interface Deps {
  readonly requestStore: Pick<RequestStore, 'list' | 'readName' | 'ofBatch'>;
  /** Organizations that a request may name beside the token's own. */
  readonly orgIds: readonly string[];
  /** What an operator holds back now. */
  readonly readPause: () => Promise<{ readonly paused: boolean }>;
}

/**
 * Lists the license requests of a `batch`, or those that match `state`, `person` (an e-mail address or a personId) and `source`, and that last
 * moved from `since` on and before `until`, in pages.
 * `next` is the query of the next page.
 */
export function createListRequests({ requestStore, orgIds, readPause }: Deps) {
  return async function listRequests(query: URLSearchParams): Promise<HttpAnswer> {
    const [stateName, source, person, batch] = ['state', 'source', 'person', 'batch'].map(
      (name) => query.get(name) ?? undefined,
    );
    if (batch !== undefined) return listBatch(batch, query);
    const state = STATES.find((known) => known === stateName);
    if (stateName !== undefined && state === undefined)
      return toProblem('invalid-request', { detail: `state is one of ${STATES.join(', ')}.` });
    const range = readTimeRange(query);
    if (typeof range === 'string') return toProblem('invalid-request', { detail: range });
    if (![state, source, person, range.since, range.until].some((one) => one !== undefined))
      return toProblem('invalid-request', {
        detail: 'Give at least one of state, person, source, since and until, or a batch.',
      });
    if (source !== undefined && (hasControl(source) || !sourceSchema.safeParse(source).success))
      return toProblem('invalid-request', { detail: 'source is not one that a request can have.' });
    const keys = person === undefined ? [undefined] : await toPersonKeys(person);
    const found: StoredRequest[] = [];
    let unreadable = 0;
    let at: Place | undefined = parsePlace(query.get('next'), keys.length);
    for (let reads = 0; reads < MAX_READS && at && found.length < PAGE; reads += 1) {
      const { key, next }: Place = at;
      const page = await requestStore.list(
        { state, source, personKey: keys[key], ...range },
        PAGE - found.length,
        next,
      );
      found.push(...page.records);
      unreadable += page.unreadable.length;
      at = toNextPlace({ key, next: page.next }, keys.length);
      // One page of a key is enough, unless it is the last one.
      if (page.next !== undefined && found.length > 0) break;
    }
    const asked = { state, source, person, ...toRangeQuery(query) };
    return toPage(found, unreadable, at && toNextQuery(asked, encodePlace(at)));
  };

  async function listBatch(batch: string, query: URLSearchParams): Promise<HttpAnswer> {
    if ([...query.keys()].some((name) => ALONE.has(name)))
      return toProblem('invalid-request', { detail: 'batch stands alone, or with next.' });
    if (!batchSchema.safeParse(batch).success)
      return toProblem('invalid-request', { detail: 'batch is not a name that a batch can have.' });
    const { records, unreadable, next } = await requestStore.ofBatch(
      batch,
      PAGE,
      query.get('next') || undefined,
    );
    return toPage(records, unreadable.length, next && toNextQuery({ batch }, next));
  }

  async function toPage(
    records: readonly StoredRequest[],
    unreadable: number,
    next: string | undefined,
  ): Promise<HttpAnswer> {
    const pause = await readPause();
    return {
      status: 200,
      // Requests name people.
      headers: { 'cache-control': 'no-store' },
      jsonBody: {
        items: records.map(toView),
        ...(pause.paused && { pause }),
        ...(next && { next }),
        // Rows in a form that this version does not know: the sweep logs their keys.
        ...(unreadable > 0 && { unreadable }),
      },
    };
  }

  /** The key of the name, and those of the other names under which requests of the same person were performed. */
  async function toPersonKeys(text: string): Promise<readonly string[]> {
    const person = text.includes('@') ? { email: text.trim().toLowerCase() } : { personId: text };
    const keys = [undefined, ...orgIds].map((orgId) => toPersonKey({ person, orgId }));
    return findPersonKeys(requestStore, keys);
  }
}

/** The position of a list: the number of a person key, and the cursor of its list. */
interface Place {
  readonly key: number;
  readonly next: string | undefined;
}

const PLACE = /^(?:(\d{1,3})\.)?([^.]*)$/;

/** For the first key the store's cursor, for a later key its number and the store's cursor. */
const encodePlace = ({ key, next = '' }: Place): string => (key === 0 ? next : `${key}.${next}`);

/** @throws {UnknownCursor} for a text that is not a position in a list of so many keys */
function parsePlace(text: string | null, keys: number): Place {
  if (!text) return { key: 0, next: undefined };
  const [, key = '0', next = ''] = PLACE.exec(text) ?? [];
  if (!PLACE.test(text) || Number(key) >= keys) throw new UnknownCursor();
  return { key: Number(key), next: next || undefined };
}

/** Undefined at the end of the last list. */
function toNextPlace({ key, next }: Place, keys: number): Place | undefined {
  if (next !== undefined) return { key, next };
  return key + 1 < keys ? { key: key + 1, next: undefined } : undefined;
}
