import { toNextQuery, UnknownCursor } from '../http/cursor.ts';
import { type HttpAnswer, toProblem } from '../http/problem.ts';
import { readTimeRange, type TimeRange, toRangeQuery } from '../http/time-range.ts';
import { toPersonKey } from '../requests/record/person.ts';
import { HR_EVENT_STATES, type HrEventFilter, type HrEvents, type StoredHrEvent } from './hr-events.ts';
import { findPerson, type HrPeople } from './person.ts';

const PAGE = 200;
/** Events name people. */
const NOT_KEPT = { 'cache-control': 'no-store' };
/** Storage may look long and find little: an answer does not wait for more than this many looks. */
const MAX_READS = 5;

interface Deps {
  readonly events: Pick<HrEvents, 'list' | 'read'>;
  readonly people: Pick<HrPeople, 'read'>;
}

/**
 * Shows one HR event, or lists events by `state`, `source`, `employee` (with its source), `person` (an address or an id),
 * and the time at which they came into their state, in pages: where there are more, `next` is the query of the next page.
 */
export function createListHrEvents({ events, people }: Deps) {
  return {
    async list(query: URLSearchParams): Promise<HttpAnswer> {
      const [stateName, source, employeeId, person] = ['state', 'source', 'employee', 'person'].map(
        (name) => query.get(name) || undefined,
      );
      const state = HR_EVENT_STATES.find((one) => one === stateName);
      const range = readTimeRange(query);
      const refused = refuse(
        stateName !== undefined && state === undefined,
        employeeId,
        source,
        person,
        range,
      );
      if (refused !== undefined || typeof range === 'string')
        return toProblem('invalid-request', { detail: `${refused ?? range}` });
      const isSelected = [state, source, employeeId, person, range.since, range.until].some(Boolean);
      // Without any filter, it lists those that a person must do something about.
      const by = { ...range, state: isSelected ? state : 'needs-identity', source } as const;
      const filters: readonly HrEventFilter[] =
        person === undefined
          ? [{ ...by, employeeId }]
          : (await findEmployees(person)).map((employee) => ({ ...by, ...employee }));
      const { found, unreadable, next } = await readPages(filters, query.get('next') || undefined);
      const asked = { state: by.state, source, employee: employeeId, person, ...toRangeQuery(query) };
      return {
        status: 200,
        headers: NOT_KEPT,
        jsonBody: {
          ...(by.state !== undefined && { state: by.state }),
          items: found.map(toView),
          ...(next !== undefined && { next: toNextQuery(asked, next) }),
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

  /** The events of one filter after the other. */
  async function readPages(filters: readonly HrEventFilter[], from: string | undefined) {
    const [, number = '0', cursor] = PLACE.exec(from ?? '') ?? [];
    if (from !== undefined && (!PLACE.test(from) || Number(number) >= filters.length))
      throw new UnknownCursor();
    let at = Number(number);
    let next = cursor || undefined;
    let found: readonly StoredHrEvent[] = [];
    let unreadable = 0;
    for (let reads = 0; reads < MAX_READS && found.length === 0 && at < filters.length; reads += 1) {
      const page = await events.list(filters[at] ?? {}, PAGE, next);
      found = page.events;
      unreadable += page.unreadable.length;
      next = page.next;
      if (next === undefined) at += 1;
    }
    const isOver = at >= filters.length;
    return { found, unreadable, next: isOver ? undefined : at === 0 ? next : `${at}:${next ?? ''}` };
  }

  /** The employees of a person, as a filter names them. */
  async function findEmployees(name: string) {
    const text = name.trim();
    const named = text.includes('@') ? { email: text.toLowerCase() } : { personId: text };
    const person = await findPerson(people, toPersonKey({ person: named }));
    return (person?.employees ?? []).map(({ source, employeeId }) => ({ source, employeeId }));
  }
}

const PLACE = /^(?:(\d{1,3}):)?(.*)$/s;

function refuse(
  isUnknownState: boolean,
  employeeId: string | undefined,
  source: string | undefined,
  person: string | undefined,
  range: TimeRange | string,
): string | undefined {
  if (isUnknownState) return `state is one of ${HR_EVENT_STATES.join(', ')}.`;
  if (employeeId !== undefined && source === undefined)
    return 'employee is an id of a source: give source, too.';
  if (employeeId !== undefined && person !== undefined) return 'Give either employee or person.';
  return typeof range === 'string' ? range : undefined;
}

function toView({ version: _version, ...record }: StoredHrEvent) {
  return record;
}
