import { type HttpAnswer, toProblem } from '../http/problem.ts';
import { hasControl } from '../platform/plain-text.ts';
import { sourceSchema } from './license-request.ts';
import { toPersonKey } from './record/person.ts';
import type { StoredRequest } from './record/record.ts';
import { FINAL_STATES, OPEN_STATES } from './record/states.ts';
import { toView } from './record/view.ts';
import type { RequestStore } from './store.ts';

const PAGE = 100;
/** Storage may look long and find little: an answer does not wait for more than this many looks. */
const MAX_READS = 5;
const STATES = [...OPEN_STATES, ...FINAL_STATES];

interface Deps {
  readonly requestStore: Pick<RequestStore, 'list' | 'readName'>;
  /** Organizations that a request may name beside the token's own. */
  readonly orgIds: readonly string[];
}

/**
 * Shows the license requests that fit all of `state`, `person` (an e-mail address or a personId) and `source`, in
 * pages: where there are more, `next` is the query of the next page.
 */
export function createListRequests({ requestStore, orgIds }: Deps) {
  return async (query: URLSearchParams): Promise<HttpAnswer> => {
    const [state, source, person] = ['state', 'source', 'person'].map((name) => query.get(name) ?? undefined);
    const wanted = STATES.find((one) => one === state);
    if (state !== undefined && wanted === undefined) {
      return toProblem('invalid-request', { detail: `state is one of ${STATES.join(', ')}.` });
    }
    if (state === undefined && source === undefined && person === undefined) {
      return toProblem('invalid-request', { detail: 'Say at least one of ?state=, ?person= and ?source=.' });
    }
    if (source !== undefined && (hasControl(source) || !sourceSchema.safeParse(source).success))
      return toProblem('invalid-request', { detail: 'source is not one that a request can have.' });
    const keys = person === undefined ? [undefined] : await toPersonKeys(person);
    const found: StoredRequest[] = [];
    let unreadable = 0;
    let at: Place | undefined = parsePlace(query.get('next'), keys.length);
    if (at === undefined)
      return toProblem('invalid-request', { detail: 'next is not one that a list said.' });
    for (let look = 0; look < MAX_READS && at && found.length < PAGE; look += 1) {
      const { key, next }: Place = at;
      const filter = { state: wanted, source, personKey: keys[key] };
      const page = await requestStore.list(filter, PAGE - found.length, next);
      found.push(...page.records);
      unreadable += page.unreadable.length;
      at = toNextPlace({ key, next: page.next }, keys.length);
      // A page that is not the last of its key is enough.
      if (page.next !== undefined && found.length > 0) break;
    }
    // Of the query what is asked for: a key may stand there, too.
    const asked = new URLSearchParams(at && { next: encodePlace(at) });
    for (const [name, value] of Object.entries({ state, source, person }))
      if (value !== undefined) asked.set(name, value);
    return {
      status: 200,
      // Requests name people.
      headers: { 'cache-control': 'no-store' },
      jsonBody: {
        items: found.map(toView),
        ...(at && { next: `?${asked}` }),
        // Of a shape that this version does not know: the sweep's log names them.
        ...(unreadable > 0 && { unreadable }),
      },
    };
  };

  /** Of the name that is asked for, and of the other names under which requests of the same person were performed. */
  async function toPersonKeys(text: string): Promise<readonly string[]> {
    const person = text.includes('@') ? { email: text.trim().toLowerCase() } : { personId: text };
    const keys = [undefined, ...orgIds].map((orgId) => toPersonKey({ person, orgId }));
    const leases = await Promise.all(
      keys.map(async (key) => {
        const row = await requestStore.readName(key);
        return row?.sameAs === undefined ? row : requestStore.readName(row.sameAs);
      }),
    );
    return [
      ...new Set([...keys, ...leases.flatMap((row) => (row ? [row.personKey, ...(row.names ?? [])] : []))]),
    ];
  }
}

/** Where a list goes on: in the list of which person key, and where in that. */
interface Place {
  readonly key: number;
  readonly next: string | undefined;
}

const PLACE = /^(?:(\d{1,3})\.)?([^.]*)$/;

/** In the list of the first key, the next page as storage says it; of a later key, after its number. */
const encodePlace = ({ key, next = '' }: Place): string => (key === 0 ? next : `${key}.${next}`);

/** Undefined where the text is no place in a list of so many keys. */
function parsePlace(text: string | null, keys: number): Place | undefined {
  if (!text) return { key: 0, next: undefined };
  const [, key = '0', next = ''] = PLACE.exec(text) ?? [];
  const isPlace = PLACE.test(text) && Number(key) < keys;
  return isPlace ? { key: Number(key), next: next || undefined } : undefined;
}

/** Undefined where all was looked at. */
function toNextPlace({ key, next }: Place, keys: number): Place | undefined {
  if (next !== undefined) return { key, next };
  return key + 1 < keys ? { key: key + 1, next: undefined } : undefined;
}
