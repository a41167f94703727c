import { type Command, InvalidArgumentError } from 'commander';
import * as z from 'zod';
import {
  type HrEvent,
  type StandardHrEvent,
  standardHrEventSchema,
  writtenDateSchema,
} from '../hr/hr-event.ts';
import { policyCasesSchema, triedPersonSchema } from '../hr/policy-cases.ts';
import { tryEvents } from '../hr/try-events.ts';
import type { TriedResult } from '../hr/try-person.ts';
import { parseWith } from '../platform/parse-with.ts';
import { timeZoneSchema } from '../platform/time-zone.ts';
import { type Policy, PolicyError, parsePolicy } from '../policy/policy.ts';
import { type Read, readAs } from '../policy/read-as.ts';
import { UsageFailure } from './api.ts';
import { FAILED } from './exit-codes.ts';
import { JsonOption, printJson } from './json-output.ts';
import { compareResult, tryOn } from './policy-cases.ts';
import { print } from './terminal.ts';
import { readJson, readText, toName } from './text-input.ts';

interface Options {
  readonly policy: string;
  readonly event?: string;
  readonly employee?: string;
  readonly expect?: readonly string[];
  readonly timeZone: string;
  readonly json?: true;
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
    .addOption(new JsonOption(testedSchema))
    .action(async ({ policy, event, employee, expect = [], timeZone, json }: Options) => {
      if (event === undefined && employee === undefined && expect.length === 0)
        throw new UsageFailure('Name what to test: --event, --employee or --expect.');
      const rules = await readPolicyText(policy, parsePolicy);
      const events = event === undefined ? undefined : await tryFile(rules, event, timeZone);
      if (!json && events) print(...toEventLines(events));
      const tried = employee === undefined ? undefined : await tryEmployee(rules, employee, timeZone);
      if (!json && tried) print(...toResultLines(tried));
      const cases = expect.length === 0 ? undefined : await runCases(rules, expect, timeZone);
      if (!json && cases) print(...toCaseLines(cases));
      if (json) printJson(testedSchema.parse({ events, employee: tried, cases }));
      if (cases?.some(({ passed }) => !passed)) process.exitCode = FAILED;
    });
}

const licenses = z.array(z.object({ name: z.string(), why: z.string() }));
const caseSchema = z.object({
  ...{ name: z.string(), file: z.string(), line: z.number(), passed: z.boolean() },
  differences: z.array(z.string()),
});
/** What each option found, as `--json` prints it. */
const testedSchema = z.object({
  events: z.array(z.object({ said: z.string(), lines: z.array(z.string()) })).optional(),
  employee: z
    .object({
      state: z.string(),
      rules: z.array(z.object({ name: z.string(), result: z.string() })),
      exclusion: z.string().optional(),
      ...{ gives: licenses, takes: licenses, kept: licenses },
    })
    .optional(),
  cases: z.array(caseSchema).optional(),
});
type RunCase = z.output<typeof caseSchema>;

async function tryEmployee(policy: Policy, path: string, timeZone: string): Promise<TriedResult> {
  const { value } = await readPolicyText(path, (content) =>
    readAs(triedPersonSchema, content, 'the employee'),
  );
  return tryOn(policy, value, timeZone, Date.now());
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

async function runCases(
  policy: Policy,
  paths: readonly string[],
  timeZone: string,
): Promise<readonly RunCase[]> {
  const files: { readonly path: string; readonly read: Read<z.output<typeof policyCasesSchema>> }[] = [];
  // All files are read before the first case runs: a file with a mistake proves nothing.
  for (const path of paths) {
    const read = await readPolicyText(path, (content) => readAs(policyCasesSchema, content, 'the file'));
    files.push({ path, read });
  }
  return files.flatMap(({ path, read }) => {
    const { cases, date, timeZone: zone = timeZone } = read.value;
    return cases.map((one, index) => {
      const person = { ...(date !== undefined && { date }), ...one };
      const differences = [...compareResult(one.expect, tryOn(policy, person, zone, Date.now()))];
      const line = read.lineOfValue(['cases', index]) ?? 1;
      return { name: one.name, file: toName(path), line, passed: differences.length === 0, differences };
    });
  });
}

function toCaseLines(cases: readonly RunCase[]): readonly string[] {
  const passed = cases.filter((one) => one.passed).length;
  return [
    ...cases.map(({ name, file, line, differences }) =>
      differences.length === 0
        ? `passed  ${name}`
        : `FAILED  ${name} (${file}, line ${line}): ${differences.join('; ')}`,
    ),
    `${passed} passed, ${cases.length - passed} failed`,
  ];
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
type TriedEvents = ReturnType<typeof tryEvents>;
const eventsSchema = z.array(eventSchema).min(1).max(100);

async function tryFile(policy: Policy, event: string, timeZone: string): Promise<TriedEvents> {
  const content = await readJson(event, 'an HR event of our own schema, or a list of them');
  const parsed = parseWith(eventsSchema, Array.isArray(content) ? content : [content]);
  if (!parsed.ok) {
    throw new UsageFailure(
      ...parsed.problems.map(({ pointer, detail }) => `${pointer || 'the event'} ${detail}`),
    );
  }
  return tryEvents(policy, parsed.value.map(toNeutral), timeZone, Date.now());
}

const toEventLines = (events: TriedEvents): readonly string[] =>
  events.flatMap(({ said, lines }) => [...(events.length > 1 ? [said] : []), ...lines]);

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
