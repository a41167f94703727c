import { type HttpAnswer, toProblem } from '../../http/problem.ts';
import type { Log } from '../../platform/log.ts';
import type { Employees } from '../employee.ts';
import type { HrEventRecord, HrEvents } from '../hr-events.ts';
import { findPerson } from '../person.ts';
import { answerPerson } from './answer-person.ts';
import { NO_STORE, type ReadPersonDeps } from './read-person.ts';

export interface ReadEmployeeDeps extends ReadPersonDeps {
  readonly employees: Pick<Employees, 'read'>;
  readonly events: Pick<HrEvents, 'list'>;
}

/** Of one employee, the newest; the list of events has more. */
const MAX_EVENTS = 20;

/**
 * `GET /api/employees/{source}/{employeeId}`: what is known of an employee, their latest events, also those that
 * nobody could act on yet, and their person.
 */
export async function readEmployee(
  deps: ReadEmployeeDeps,
  source: string,
  employeeId: string,
  log: Log,
): Promise<HttpAnswer> {
  const [employee, { events }] = await Promise.all([
    deps.employees.read(source, employeeId),
    deps.events.list({ source, employeeId }, MAX_EVENTS),
  ]);
  if (employee === undefined && events.length === 0)
    return toProblem('unknown-employee', {
      detail: 'Neither an event nor the directory named this id of this source.',
    });
  const personKey = employee?.personKey;
  const person = personKey === undefined ? undefined : await findPerson(deps.people, personKey);
  const name = employee?.email ?? `${source}/${employeeId}`;
  const found = employee?.email === undefined ? undefined : await deps.readInSnapshot(employee.email);
  const snapshot = found && 'missing' in found ? undefined : found;
  const answer = person && (await answerPerson(deps, name, person, snapshot, log));
  const own = answer?.employees.find((one) => one.source === source && one.employeeId === employeeId);
  const needsIdentity = events.some(({ state }) => state === 'needs-identity');
  return {
    status: 200,
    headers: NO_STORE,
    jsonBody: {
      ...{ source, employeeId },
      ...(employee?.email !== undefined && { email: employee.email }),
      state: own?.state ?? (needsIdentity ? 'needs-identity' : 'unknown'),
      ...(employee && { directory: { attributes: employee.attributes } }),
      events: [...events].sort((a, b) => b.receivedAt.getTime() - a.receivedAt.getTime()).map(toShownEvent),
      ...(answer && { person: { ...snapshot, ...answer } }),
    },
  };
}

const toShownEvent = ({
  eventKey,
  state,
  outcome,
  detail,
  event,
  receivedAt,
  requestIds,
}: HrEventRecord) => ({
  ...{ eventKey, state, ...(outcome !== undefined && { outcome }), detail, kind: event.kind },
  ...{ receivedAt, requestIds },
});
