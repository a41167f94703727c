import { type Command, InvalidArgumentError } from 'commander';
import * as z from 'zod';
import {
  type HrEvent,
  type StandardHrEvent,
  standardHrEventSchema,
  writtenDateSchema,
} from '../hr/hr-event.ts';
import { tryEvents } from '../hr/try-events.ts';
import type { TriedResult } from '../hr/try-person.ts';
import { parseWith } from '../platform/parse-with.ts';
import { timeZoneSchema } from '../platform/time-zone.ts';
import { type Policy, PolicyError, parsePolicy } from '../policy/policy.ts';
import { type Read, readAs } from '../policy/read-as.ts';
import { UsageFailure } from './api.ts';
import { compareResult, policyCasesSchema, triedPersonSchema, tryOn } from './policy-cases.ts';
import { FAILED } from './status.ts';
import { print } from './terminal.ts';
import { readJson, readText, toName } from './text-input.ts';

interface Options {
  readonly policy: string;
  readonly event?: string;
  readonly employee?: string;
  readonly expect?: readonly string[];
  readonly timeZone: string;
}

export function addPolicyTest(policies: Command): void {
  policies
    .command('test')
    .description('show what a policy gives, takes and keeps; nothing is sent')
    .requiredOption('--policy <path>', 'a policy, YAML or JSON')
    .option(
      '--event <path>',
      'an HR event of our own schema, JSON, or several of one person, in their order; - for standard input',
    )
    .option('--employee <path>', 'a person: attributes or events, YAML or JSON; - for standard input')
    .option('--expect <paths...>', 'cases with what is expected, YAML or JSON; ends with 1 where one differs')
    .option('--time-zone <zone>', 'of people whose event names none', parseTimeZone, 'UTC')
    .action(async ({ policy, event, employee, expect = [], timeZone }: Options) => {
      if (event === undefined && employee === undefined && expect.length === 0)
        throw new UsageFailure('Name what to test: --event, --employee or --expect.');
      const rules = await readPolicyText(policy, parsePolicy);
      if (event !== undefined) await showEvents(rules, event, timeZone);
      if (employee !== undefined) {
        const { value } = await readPolicyText(employee, (content) =>
          readAs(triedPersonSchema, content, 'the employee'),
        );
        print(...toResultLines(tryOn(rules, value, timeZone, Date.now())));
      }
      if (expect.length > 0) await runCases(rules, expect, timeZone);
    });
}

function parseTimeZone(name: string): string {
  if (timeZoneSchema.safeParse(name).success) return name;
  throw new InvalidArgumentError('Say an IANA time zone, such as Europe/Berlin.');
}

/** Reads a file whose mistakes are named by line. */
async function readPolicyText<T>(path: string, parse: (content: string) => Promise<T>): Promise<T> {
  const content = await readText(path);
  return parse(content).catch((error: unknown) => {
    throw error instanceof PolicyError
      ? new UsageFailure(`${toName(path)}:`, ...error.message.split('\n'))
      : error;
  });
}

async function runCases(policy: Policy, paths: readonly string[], timeZone: string): Promise<void> {
  const files: { readonly path: string; readonly read: Read<z.output<typeof policyCasesSchema>> }[] = [];
  // All files are read before the first case runs: a file with a mistake proves nothing.
  for (const path of paths) {
    const read = await readPolicyText(path, (content) => readAs(policyCasesSchema, content, 'the file'));
    files.push({ path, read });
  }
  let passed = 0;
  let failed = 0;
  for (const { path, read } of files) {
    const { cases, date, timeZone: zone = timeZone } = read.value;
    for (const [index, one] of cases.entries()) {
      const person = { ...(date !== undefined && { date }), ...one };
      const differences = compareResult(one.expect, tryOn(policy, person, zone, Date.now()));
      if (differences.length === 0) passed += 1;
      else failed += 1;
      const line = read.lineOfValue(['cases', index]);
      print(
        differences.length === 0
          ? `passed  ${one.name}`
          : `FAILED  ${one.name} (${toName(path)}, line ${line}): ${differences.join('; ')}`,
      );
    }
  }
  print(`${passed} passed, ${failed} failed`);
  if (failed > 0) process.exitCode = FAILED;
}

/** A result as it is printed. */
export function toResultLines({
  state,
  rules,
  exclusion,
  gives,
  takes,
  kept,
}: TriedResult): readonly string[] {
  return [
    `state  ${state}`,
    ...rules.map(({ name, result }) => `rule   ${name}: ${result}`),
    ...(exclusion === undefined ? [] : [exclusion]),
    ...gives.map(({ name, why }) => `gives  ${name}: ${why}`),
    ...takes.map(({ name, why }) => `takes  ${name}: ${why}`),
    ...kept.map(({ name, why }) => `kept   ${name}: ${why}`),
    ...(gives.length + takes.length + kept.length === 0 ? ['gives, takes and keeps nothing'] : []),
  ];
}

const eventSchema = standardHrEventSchema.safeExtend({ effective: writtenDateSchema.exactOptional() });
const eventsSchema = z.array(eventSchema).min(1).max(100);

async function showEvents(policy: Policy, event: string, timeZone: string): Promise<void> {
  const content = await readJson(event, 'an HR event of our own schema, or a list of them');
  const parsed = parseWith(eventsSchema, Array.isArray(content) ? content : [content]);
  if (!parsed.ok) {
    throw new UsageFailure(
      ...parsed.problems.map(({ pointer, detail }) => `${pointer || 'the event'} ${detail}`),
    );
  }
  for (const { said, lines } of tryEvents(policy, parsed.value.map(toNeutral), timeZone, Date.now()))
    print(...(parsed.value.length > 1 ? [said] : []), ...lines);
}

function toNeutral(
  { type, employee, effective, timeZone, attributes }: StandardHrEvent,
  index: number,
): HrEvent {
  return {
    ...{ source: 'test', eventId: `event ${index + 1}`, type, kind: type, attributes },
    email: employee.email ?? 'somebody@example.com',
    ...(effective && { effective }),
    ...(timeZone && { timeZone }),
  };
}
