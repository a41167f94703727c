import { type HttpAnswer, toProblem } from '../contract/problem.ts';
import { HR_EVENT_STATES, type HrEvents, type StoredHrEvent } from './hr-events.ts';

const MAX_LISTED = 200;

/** Shows one HR event, or those in a state: up to 200. */
export function createListHrEvents({ events }: { events: Pick<HrEvents, 'list' | 'read'> }) {
  return {
    async list(state: string | null): Promise<HttpAnswer> {
      const wanted = HR_EVENT_STATES.find((one) => one === (state ?? 'needs-identity'));
      if (wanted === undefined)
        return toProblem('invalid-request', { detail: `state is one of ${HR_EVENT_STATES.join(', ')}.` });
      const items = [];
      for (const record of await events.list(wanted, MAX_LISTED)) items.push(toView(record));
      return { status: 200, jsonBody: { items } };
    },
    async read(eventKey: string): Promise<HttpAnswer> {
      const record = /^[a-z0-9-]{1,128}$/.test(eventKey) ? await events.read(eventKey) : undefined;
      return record
        ? { status: 200, jsonBody: toView(record) }
        : toProblem('not-found', { detail: 'There is no such HR event.' });
    },
  };
}

function toView({ version: _version, ...record }: StoredHrEvent) {
  return record;
}
