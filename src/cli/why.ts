import { type Command, Option } from 'commander';
import * as z from 'zod';
import { type Api, getPages, UsageFailure } from './api.ts';
import { JsonOption, listOf, printAs, printPages } from './json-output.ts';
import { personAnswerSchema } from './person-answer.ts';
import { createTable } from './table.ts';
import { say } from './terminal.ts';
import { toWhyLines } from './why-text.ts';
import { count, toSeconds } from './words.ts';

const eventSchema = z.object({
  eventKey: z.string(),
  state: z.string(),
  detail: z.string(),
  kind: z.string(),
  receivedAt: z.string(),
});
const employeeSchema = z.object({
  source: z.string(),
  employeeId: z.string(),
  email: z.string().optional(),
  state: z.string(),
  events: z.array(eventSchema),
  person: personAnswerSchema.optional(),
});
const clearedSchema = z.object({ cleared: z.array(z.object({ id: z.string(), name: z.string() })) });
const overridesSchema = z.object({ items: personAnswerSchema.shape.overrides });
const listedSchema = employeeSchema.pick({ source: true, employeeId: true, email: true, state: true });
const forgottenSchema = z.object({ events: z.number() });
const EMPLOYEE_STATES = ['unknown', 'to-come', 'employed', 'left', 'never', 'needs-identity'];

interface ClearOptions {
  readonly reason: string;
  readonly json?: true;
}

function toOverrideTable({ items }: z.output<typeof overridesSchema>): readonly string[] {
  const table = createTable([
    ...[{ heading: 'LICENSE' }, { heading: 'WHAT' }, { heading: 'REQUEST' }],
    ...[{ heading: 'SINCE' }, { heading: 'UNTIL', shortenAs: 1 }],
  ]);
  return table(
    items.map(({ operation, name, requestId, at, until = '' }) => [
      ...[name, operation, requestId, toSeconds(at), until && toSeconds(until)],
    ]),
  );
}

export function addWhy(program: Command, api: () => Api): void {
  program
    .command('why')
    .description('show why a person has the licenses that they have, and what to do where that is wrong')
    .argument('<person>', 'an e-mail address, a personId, or an employee as <source>/<id>')
    .addOption(new JsonOption(z.union([personAnswerSchema, employeeSchema])))
    .action(async (name: string, options: { json?: true }) => {
      const path = toPath(name);
      if (path.startsWith('/employees/'))
        return printAs(options, await api().get(path, employeeSchema), toEmployeeLines);
      printAs(options, await api().get(path, personAnswerSchema), (person) => toWhyLines(name, person));
    });
  const override = program.command('override').description('direct requests that stand against the policy');
  override
    .command('list')
    .description('list the overrides of a person')
    .argument('<person>', 'an e-mail address or a personId')
    .addOption(new JsonOption(overridesSchema))
    .action(async (name: string, options: { json?: true }) => {
      const overrides = await api().get(`${toPersonPath(name)}/overrides`, overridesSchema);
      printAs(options, overrides, toOverrideTable);
      if (overrides.items.length === 0) say('No override stands.');
    });
  override
    .command('clear')
    .description('let the policy decide again')
    .argument('<person>', 'an e-mail address or a personId')
    .argument('[license]', 'only about this license, by name or id')
    .requiredOption('--reason <text>', 'the reason, for the audit trail')
    .addOption(new JsonOption(clearedSchema))
    .action(async (name: string, license: string | undefined, { reason, json }: ClearOptions) => {
      const query = new URLSearchParams({ reason, ...(license !== undefined && { license }) });
      const answer = await api().delete(`${toPersonPath(name)}/overrides?${query}`, clearedSchema);
      printAs({ json }, answer, ({ cleared }) => cleared.map((one) => `cleared  ${one.name}`));
      say(
        answer.cleared.length === 0
          ? 'No override stands.'
          : `The policy decides again within a minute: seatline why ${name}`,
      );
    });
}

/** Adds `employee list` and `employee forget`. */
export function addEmployee(program: Command, api: () => Api): void {
  const employee = program.command('employee').description('the employees whom HR named');
  employee
    .command('list')
    .description('list employees by source or state')
    .option('--source <name>', 'an HR source')
    .addOption(new Option('--state <state>', 'their state').choices(EMPLOYEE_STATES))
    .addOption(new JsonOption(listOf(listedSchema)))
    .action(async ({ json, ...filter }: { json?: true; source?: string; state?: string }) => {
      const table = createTable([{ heading: 'EMPLOYEE' }, { heading: 'STATE' }, { heading: 'PERSON' }]);
      const count = await printPages(getPages(api(), '/employees', filter), {
        ...{ json, schema: listedSchema },
        toLines: (employees) =>
          table(
            employees.map(({ source, employeeId, state, email = '' }) => [
              ...[`${source}/${employeeId}`, state, email],
            ]),
          ),
      });
      if (count === 0) say('No employee matches.');
    });
  employee
    .command('forget')
    .description(
      'erase what HR said of one employee; nothing is taken at Webex from somebody who has no other',
    )
    .argument('<source>', 'the HR source')
    .argument('<id>', "HR's id of the employee; the address where HR names none")
    .requiredOption('--reason <text>', 'the reason, for the audit trail: name no person in it')
    .addOption(new JsonOption(forgottenSchema))
    .action(async (source: string, id: string, { reason, json }: ClearOptions) => {
      const path = `/employees/${encodeURIComponent(source)}/${encodeURIComponent(id)}`;
      const forgotten = await api().delete(`${path}?${new URLSearchParams({ reason })}`, forgottenSchema);
      printAs({ json }, forgotten, ({ events }) => [
        `${source}/${id}  forgotten, with ${count(events, 'event')}`,
      ]);
    });
}

const toPersonPath = (name: string) => `/people/${encodeURIComponent(name)}`;

/** An employee has a slash behind the source; an address may have one, too, and has an @. */
function toPath(name: string): string {
  const at = name.indexOf('/');
  if (at <= 0 || name.slice(0, at).includes('@')) return toPersonPath(name);
  const [source, employeeId] = [name.slice(0, at), name.slice(at + 1)];
  if (employeeId === '') throw new UsageFailure('Say an employee as <source>/<id>.');
  return `/employees/${encodeURIComponent(source)}/${encodeURIComponent(employeeId)}`;
}

function toEmployeeLines({
  source,
  employeeId,
  email,
  state,
  events,
  person,
}: z.output<typeof employeeSchema>): readonly string[] {
  const name = `${source}/${employeeId}`;
  const lines = person ? toWhyLines(email ?? name, person) : [`${name}  ${state}`];
  const open = events.filter((event) => OPEN.has(event.state));
  return [
    ...lines,
    ...open.map(
      ({ eventKey, kind, state: at, detail, receivedAt }) =>
        `  event     ${receivedAt}  ${kind}  ${at}: ${detail}  (${eventKey})`,
    ),
    ...(state === 'needs-identity'
      ? [`what to do`, `  seatline directory import <file> --source ${source}`]
      : []),
  ];
}

/** Events that are no fact of the person, and may never be. */
const OPEN: ReadonlySet<string> = new Set(['needs-identity', 'accepted', 'failed']);
