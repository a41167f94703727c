import { type HttpAnswer, toProblem } from '../contract/problem.ts';
import type { StoredEntry } from '../ledger/entry.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { toPersonKey } from '../ledger/person.ts';
import { FINAL_STATES, OPEN_STATES } from '../ledger/states.ts';
import { toView } from '../ledger/view.ts';

const PAGE = 100;
/** Storage may look long and find little: an answer does not wait for more than this many looks. */
const MAX_LOOKS = 5;
const STATES = [...OPEN_STATES, ...FINAL_STATES];

interface Deps {
  readonly ledger: Pick<Ledger, 'list'>;
  /** Organizations that a request may name beside the token's own. */
  readonly orgIds: readonly string[];
}

/**
 * Shows the license requests that fit all of `state`, `person` (an e-mail address or a personId) and `source`, in
 * pages: where there are more, `next` is the query of the next page.
 */
export function createListRequests({ ledger, orgIds }: Deps) {
  return async (query: URLSearchParams): Promise<HttpAnswer> => {
    const [state, source, person] = ['state', 'source', 'person'].map((name) => query.get(name) ?? undefined);
    const wanted = STATES.find((one) => one === state);
    if (state !== undefined && wanted === undefined) {
      return toProblem('invalid-request', { detail: `state is one of ${STATES.join(', ')}.` });
    }
    if (state === undefined && source === undefined && person === undefined) {
      return toProblem('invalid-request', { detail: 'Say at least one of ?state=, ?person= and ?source=.' });
    }
    const keys = person === undefined ? [undefined] : toPersonKeys(person);
    const found: StoredEntry[] = [];
    let unreadable = 0;
    let next = query.get('next') ?? undefined;
    for (const personKey of keys) {
      for (let look = 0; look < MAX_LOOKS; look += 1) {
        const page = await ledger.list({ state: wanted, source, personKey }, PAGE, next);
        found.push(...page.entries);
        unreadable += page.unreadable.length;
        next = page.next;
        if (next === undefined || found.length > 0) break;
      }
      if (next !== undefined) break;
    }
    if (next !== undefined) query.set('next', next);
    return {
      status: 200,
      jsonBody: {
        items: found.map(toView),
        ...(next !== undefined && { next: `?${query}` }),
        // Of a shape that this version does not know: the sweep's log names them.
        ...(unreadable > 0 && { unreadable }),
      },
    };
  };

  function toPersonKeys(text: string): readonly string[] {
    const person = text.includes('@') ? { email: text.trim().toLowerCase() } : { personId: text };
    return [undefined, ...orgIds].map((orgId) => toPersonKey({ person, orgId }));
  }
}
