import pMap from 'p-map';
import { toNextQuery } from '../../http/cursor.ts';
import { type HttpAnswer, toProblem } from '../../http/problem.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Employees, StoredEmployee } from '../employee.ts';
import { stateOn, toHistory } from '../employee-on.ts';
import { findPerson, type HrPeople } from '../person.ts';
import type { PersonState } from '../person-on.ts';
import { NO_STORE } from './read-person.ts';

export interface ListEmployeesDeps {
  readonly employees: Pick<Employees, 'page'>;
  readonly people: Pick<HrPeople, 'read'>;
  readonly zoneOf: (source: string) => string;
  readonly clock: Clock;
}

const STATES: readonly PersonState[] = ['unknown', 'to-come', 'employed', 'left', 'never', 'needs-identity'];
const PAGE = 100;
const READS_AT_ONCE = 16;

/**
 * `GET /api/employees`: the employees of a `source` or of all, with their `state`, in pages. A state follows from what HR
 * said and from the time, and is in no index: a list by state reads all employees of its source, a page at a time, and
 * its pages may be short or empty.
 */
export async function listEmployees(deps: ListEmployeesDeps, query: URLSearchParams): Promise<HttpAnswer> {
  const [source, stateName, from] = ['source', 'state', 'next'].map((name) => query.get(name) || undefined);
  const state = STATES.find((one) => one === stateName);
  if (stateName !== undefined && state === undefined)
    return toProblem('invalid-request', { detail: `state is one of ${STATES.join(', ')}.` });
  const { employees, unreadable, next } = await deps.employees.page(source, PAGE, from);
  const shown = await pMap(employees, (employee) => showEmployee(deps, employee), {
    concurrency: READS_AT_ONCE,
  });
  return {
    status: 200,
    headers: NO_STORE,
    jsonBody: {
      items: shown.filter((one) => state === undefined || one.state === state),
      ...(next !== undefined && { next: toNextQuery({ source, state }, next) }),
      ...(unreadable.length > 0 && { unreadable: unreadable.length }),
    },
  };
}

async function showEmployee(
  { people, zoneOf, clock }: ListEmployeesDeps,
  { source, employeeId, email, personKey }: StoredEmployee,
) {
  const person = personKey === undefined ? undefined : await findPerson(people, personKey);
  const own = person?.employees.find((one) => one.source === source && one.employeeId === employeeId);
  const state: PersonState =
    person?.astray !== undefined
      ? 'needs-identity'
      : own
        ? stateOn(toHistory(own.facts, zoneOf(source)), clock().getTime())
        : 'unknown';
  return { source, employeeId, ...(email !== undefined && { email }), state };
}
