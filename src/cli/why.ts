import { once } from 'node:events';
import type { Command } from 'commander';
import * as z from 'zod';
import { type Api, getPages, UsageFailure } from './api.ts';
import { personAnswerSchema } from './person-answer.ts';
import { print, say } from './terminal.ts';
import { toWhyLines } from './why-text.ts';
import { count } from './words.ts';

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

export function addWhy(program: Command, api: () => Api): void {
  program
    .command('why')
    .description('show why a person has the licenses that they have, and what to do where that is wrong')
    .argument('<person>', 'an e-mail address, a personId, or an employee as <source>/<id>')
    .option('--json', 'the whole answer as JSON')
    .action(async (name: string, { json }: { json?: true }) => {
      const path = toPath(name);
      if (json) return void print(JSON.stringify(await api().get(path, z.unknown())));
      if (!path.startsWith('/employees/'))
        return void print(...toWhyLines(name, await api().get(path, personAnswerSchema)));
      print(...toEmployeeLines(await api().get(path, employeeSchema)));
    });
  const override = program.command('override').description('direct requests that stand against the policy');
  override
    .command('list')
    .description('list the overrides of a person')
    .argument('<person>', 'an e-mail address or a personId')
    .action(async (name: string) => {
      const { items } = await api().get(`${toPersonPath(name)}/overrides`, overridesSchema);
      print(
        ...items.map(({ operation, name: license, requestId, at, until }) =>
          [`${operation} ${license}`, requestId, at, until && `until ${until}`].filter(Boolean).join('  '),
        ),
      );
      if (items.length === 0) say('No override stands.');
    });
  override
    .command('clear')
    .description('let the policy decide again')
    .argument('<person>', 'an e-mail address or a personId')
    .argument('[license]', 'only about this license, by name or id')
    .requiredOption('--reason <text>', 'the reason, for the audit trail')
    .action(async (name: string, license: string | undefined, { reason }: { reason: string }) => {
      const query = new URLSearchParams({ reason, ...(license !== undefined && { license }) });
      const { cleared } = await api().delete(`${toPersonPath(name)}/overrides?${query}`, clearedSchema);
      print(...cleared.map((one) => `cleared  ${one.name}`));
      say(
        cleared.length === 0
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
    .option('--state <state>', 'unknown, to-come, employed, left, never or needs-identity')
    .action(async (filter: Record<string, string>) => {
      const schema = employeeSchema.pick({ source: true, employeeId: true, email: true, state: true });
      for await (const items of getPages(api(), '/employees', filter)) {
        const shown = items.map((item) => schema.parse(item));
        const lines = shown.map(({ source, employeeId, email, state }) =>
          [`${source}/${employeeId}`, state, email].filter(Boolean).join('  '),
        );
        if (lines.length > 0 && !print(...lines)) await once(process.stdout, 'drain');
      }
    });
  employee
    .command('forget')
    .description(
      'erase what HR said of one employee; nothing is taken at Webex from somebody who has no other',
    )
    .argument('<source>', 'the HR source')
    .argument('<id>', "HR's id of the employee; the address where HR names none")
    .requiredOption('--reason <text>', 'the reason, for the audit trail: name no person in it')
    .action(async (source: string, id: string, { reason }: { reason: string }) => {
      const path = `/employees/${encodeURIComponent(source)}/${encodeURIComponent(id)}`;
      const schema = z.object({ events: z.number() });
      const { events } = await api().delete(`${path}?${new URLSearchParams({ reason })}`, schema);
      print(`${source}/${id}  forgotten, with ${count(events, 'event')}`);
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
