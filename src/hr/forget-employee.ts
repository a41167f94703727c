import * as z from 'zod';
import { type CallerRequest, toCaller } from '../http/caller.ts';
import { type HttpAnswer, toProblem } from '../http/problem.ts';
import type { Log } from '../platform/log.ts';
import { hasControl } from '../platform/plain-text.ts';
import { retryOnConflict, VERSION_CONFLICT } from '../platform/version-conflict.ts';
import { toPersonKey } from '../requests/record/person.ts';
import type { Employees } from './employee.ts';
import type { HrEvents, HrWorkQueue } from './hr-events.ts';
import { linkName } from './join-people.ts';
import { cancelOwn, type OwnRequestDeps } from './own-requests.ts';
import { findPerson, type HrPeople, type StoredPerson } from './person.ts';
import { newestEmails } from './to-request.ts';

export interface ForgetDeps extends OwnRequestDeps {
  readonly employees: Pick<Employees, 'read' | 'remove'>;
  readonly events: Pick<HrEvents, 'list' | 'remove'>;
  readonly people: Pick<HrPeople, 'read' | 'write' | 'remove'>;
  readonly hrWorkQueue: Pick<HrWorkQueue, 'send'>;
}

const reasonSchema = z.string().trim().min(1).max(200);
const PAGE = 100;
/** An employee has at most some thousand events: of more, the answer says to call again. */
const MAX_PAGES = 100;

/**
 * `DELETE /api/employees/{source}/{employeeId}?reason=…`: erases what HR said of one employee: events, facts, attributes,
 * addresses, and of a person with no other employee also what was granted. Nothing is changed at Webex for a person
 * without another employee. The employee's own row goes last, so that the call can be repeated after a crash.
 */
export async function forgetEmployee(
  deps: ForgetDeps,
  source: string,
  employeeId: string,
  http: CallerRequest & { readonly query: URLSearchParams },
  log: Log,
): Promise<HttpAnswer> {
  const reason = reasonSchema.safeParse(http.query.get('reason') ?? '');
  if (!reason.success || hasControl(reason.data))
    return toProblem('invalid-request', { detail: 'reason must say why, in up to 200 characters.' });
  const employee = await deps.employees.read(source, employeeId);
  const { events } = await deps.events.list({ source, employeeId }, 1);
  if (employee === undefined && events.length === 0)
    return toProblem('unknown-employee', { detail: 'Neither an event nor the directory named this id.' });
  await deps.audit.append([
    {
      ...{ act: 'forget-employee', by: toCaller(http), reason: reason.data, instance: deps.instance },
      ...{ source, employeeId },
    },
  ]);
  const { removed, isWhole } = await forgetEvents(deps, source, employeeId);
  if (!isWhole)
    return toProblem('decided-meanwhile', {
      detail: `${removed} events were removed, and there are more: call again.`,
    });
  if (employee?.personKey !== undefined) {
    const done = await retryOnConflict(() =>
      forgetFacts(deps, employee.personKey ?? '', { source, employeeId }, log),
    );
    if (done === VERSION_CONFLICT) return toProblem('decided-meanwhile');
  }
  if (employee && !(await deps.employees.remove(employee))) return toProblem('decided-meanwhile');
  log.info('employee-forgotten', { source, events: removed });
  return {
    status: 200,
    headers: { 'cache-control': 'no-store' },
    jsonBody: { source, employeeId, events: removed },
  };
}

async function forgetEvents(
  { events }: Pick<ForgetDeps, 'events'>,
  source: string,
  employeeId: string,
): Promise<{ readonly removed: number; readonly isWhole: boolean }> {
  let removed = 0;
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const found = await events.list({ source, employeeId }, PAGE);
    const isGone = await Promise.all(found.events.map((record) => events.remove(record)));
    removed += isGone.filter(Boolean).length;
    if (found.events.length === 0 && found.next === undefined) return { removed, isWhole: true };
  }
  return { removed, isWhole: false };
}

/** Takes one employee from their person; a person with no other goes with all names. */
async function forgetFacts(
  deps: ForgetDeps,
  personKey: string,
  { source, employeeId }: { readonly source: string; readonly employeeId: string },
  log: Log,
) {
  const { people, clock } = deps;
  const person = await findPerson(people, personKey);
  if (person === undefined) return undefined;
  const others = person.employees.filter((one) => !(one.source === source && one.employeeId === employeeId));
  if (others.length === person.employees.length) return undefined;
  if (others.length === 0) {
    for (const own of [person.open, person.repair])
      if (own) await cancelOwn(deps, own.requestId, 'the employee is forgotten', log);
    await removeNames(people, person, person.emails);
    return (await people.remove(person)) ? undefined : VERSION_CONFLICT;
  }
  const named = new Set(newestEmails({ ...person, employees: others }));
  // The row of the first address is that of the person, and stays.
  const isKept = (email: string) =>
    named.has(email) || toPersonKey({ person: { email } }) === person.personKey;
  // The names first: a call that is killed in between finds them again by the person.
  const gone = person.emails.filter((email) => !isKept(email));
  await removeNames(people, { ...person, personId: undefined }, gone);
  const written = await people.write({
    ...person,
    employees: others,
    emails: person.emails.filter(isKept),
    lookAt: clock(),
  });
  if (written === VERSION_CONFLICT) {
    // The person may have got one of them again meanwhile.
    for (const email of gone) await linkName(people, person, toPersonKey({ person: { email } }));
    return written;
  }
  await deps.hrWorkQueue.send({ personKey: person.personKey });
  return undefined;
}

async function removeNames(
  people: Pick<HrPeople, 'read' | 'remove'>,
  { personKey, personId }: Pick<StoredPerson, 'personKey'> & { readonly personId?: string | undefined },
  emails: readonly string[],
): Promise<void> {
  const names = [...emails.map((email) => ({ email })), ...(personId === undefined ? [] : [{ personId }])];
  for (const name of names) {
    const alias = await people.read(toPersonKey({ person: name }));
    if (alias?.sameAs === personKey) await people.remove(alias);
  }
}
