import * as z from 'zod';
import { type IncomingRequest, readBody } from '../http/body.ts';
import { type HttpAnswer, toProblem } from '../http/problem.ts';
import { refuseControls } from '../platform/check-text.ts';
import { emailSchema } from '../platform/email.ts';
import type { Log } from '../platform/log.ts';
import { retryOnConflict, VERSION_CONFLICT } from '../platform/version-conflict.ts';
import { isPlaceholder } from '../platform/words.ts';
import { type Employee, type Employees, newEmployee } from './employee.ts';
import { attributesSchema } from './hr-event.ts';
import type { HrEvents, HrWorkQueue, StoredHrEvent } from './hr-events.ts';
import type { Source } from './sources/sources.ts';
import { type TellDirectoryDeps, tellDirectory } from './tell-directory.ts';

const MAX_EMPLOYEES = 1_000;
const MAX_WAITING = 1_000;

/** The body of `POST /employees/{source}`. */
export const importSchema = z.strictObject({
  employees: z
    .array(
      z
        .strictObject({
          employeeId: z
            .string()
            .trim()
            .max(128)
            .refine((id) => !isPlaceholder(id), 'must be an id'),
          email: emailSchema,
          attributes: attributesSchema,
        })
        .superRefine(refuseControls('attributes')),
    )
    .min(1)
    .max(MAX_EMPLOYEES)
    .superRefine((employees, context) => {
      const emails = new Map<string, string>();
      for (const [index, { employeeId, email }] of employees.entries()) {
        const before = emails.get(employeeId);
        emails.set(employeeId, email);
        if (before === undefined || before === email) continue;
        const message = 'is that of an employee above, who has another address';
        context.addIssue({ code: 'custom', path: [index, 'employeeId'], message });
      }
    }),
});

interface Deps extends TellDirectoryDeps {
  readonly sources: ReadonlyMap<string, Source>;
  readonly employees: Employees;
  readonly events: Pick<HrEvents, 'list'>;
  readonly workQueue: HrWorkQueue;
}

/** Adds people to the directory, or makes them known better; events that waited for them go on at once. */
export function createImportEmployees(deps: Deps) {
  const { sources, employees, events, workQueue } = deps;
  return async (sourceName: string, http: IncomingRequest, log: Log): Promise<HttpAnswer> => {
    const source = sources.get(sourceName);
    if (source === undefined)
      return toProblem('unknown-source', { detail: 'The setting HR_SOURCES has no such source.' });
    const body = await readBody(http, importSchema);
    if (!body.ok) return body.answer;
    for (const person of body.value.employees)
      await tellDirectory(deps, await keep(sourceName, person), source.attributes, log);
    const ids = new Set(body.value.employees.map(({ employeeId }) => employeeId));
    const waiting = await listWaiting();
    const goOn = waiting.filter(
      ({ event }) => event.source === sourceName && ids.has(event.employeeId ?? ''),
    );
    await Promise.all(goOn.map(({ eventKey }) => workQueue.send({ eventKey })));
    const goesOn = goOn.length;
    return { status: 200, jsonBody: { imported: ids.size, eventsThatGoOn: goesOn } };
  };

  /** Those beyond go on when the sweep looks at them again, within the hour. */
  async function listWaiting(): Promise<readonly StoredHrEvent[]> {
    const waiting: StoredHrEvent[] = [];
    let next: string | undefined;
    do {
      const page = await events.list({ state: 'needs-identity' }, MAX_WAITING, next);
      waiting.push(...page.events);
      next = page.next;
    } while (next !== undefined && waiting.length < MAX_WAITING);
    return waiting;
  }

  async function keep(
    source: string,
    person: z.output<typeof importSchema>['employees'][number],
  ): Promise<Employee> {
    const kept = await retryOnConflict(async () => {
      const stored = await employees.read(source, person.employeeId);
      const known = stored ?? newEmployee(source, person.employeeId);
      const attributes = { ...known.attributes, ...person.attributes };
      return employees.write({ ...known, email: person.email, attributes });
    });
    if (kept === VERSION_CONFLICT) throw new Error('An employee was written by others each time');
    return kept;
  }
}
