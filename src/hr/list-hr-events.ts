import { toNextQuery } from '../http/cursor.ts';
import { type HttpAnswer, toProblem } from '../http/problem.ts';
import { HR_EVENT_STATES, type HrEventPage, type HrEvents, type StoredHrEvent } from './hr-events.ts';

const PAGE = 200;
/** Events name people. */
const NOT_KEPT = { 'cache-control': 'no-store' };
/** Storage may look long and find little: an answer does not wait for more than this many looks. */
const MAX_READS = 5;

/** Shows one HR event, or those in a state, in pages: where there are more, `next` is the query of the next page. */
export function createListHrEvents({ events }: { events: Pick<HrEvents, 'list' | 'read'> }) {
  return {
    async list(query: URLSearchParams): Promise<HttpAnswer> {
      const wanted = HR_EVENT_STATES.find((one) => one === (query.get('state') ?? 'needs-identity'));
      if (wanted === undefined)
        return toProblem('invalid-request', { detail: `state is one of ${HR_EVENT_STATES.join(', ')}.` });
      let page: HrEventPage = { events: [], unreadable: [], next: query.get('next') ?? undefined };
      let unreadable = 0;
      for (let look = 0; look < MAX_READS && page.events.length === 0; look += 1) {
        page = await events.list({ state: wanted }, PAGE, page.next);
        unreadable += page.unreadable.length;
        if (page.next === undefined) break;
      }
      return {
        status: 200,
        headers: NOT_KEPT,
        jsonBody: {
          // Without ?state= it is the one that a person must do something about.
          state: wanted,
          items: page.events.map(toView),
          ...(page.next !== undefined && { next: toNextQuery({ state: wanted }, page.next) }),
          ...(unreadable > 0 && { unreadable }),
        },
      };
    },
    async read(eventKey: string): Promise<HttpAnswer> {
      const record = /^[a-z0-9-]{1,128}$/.test(eventKey) ? await events.read(eventKey) : undefined;
      return record
        ? { status: 200, headers: NOT_KEPT, jsonBody: toView(record) }
        : toProblem('not-found', { detail: 'There is no such HR event.' });
    },
  };
}

function toView({ version: _version, ...record }: StoredHrEvent) {
  return record;
}
