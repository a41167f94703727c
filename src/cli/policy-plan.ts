import type { Command } from 'commander';
import * as z from 'zod';
import { PolicyError, parsePolicy } from '../policy/policy.ts';
import { type Api, ApiFailure, getPages } from './api.ts';
import { FAILED, UNFINISHED, USAGE } from './exit-codes.ts';
import { JsonOption, printJson } from './json-output.ts';
import { print, say } from './terminal.ts';
import { readText, toName } from './text-input.ts';
import { HOW_LONG, timeoutOption } from './timeout-option.ts';
import { waitForJob } from './wait-for-job.ts';
import { count } from './words.ts';

const problemSchema = z.object({
  kind: z.string(),
  where: z.string().optional(),
  name: z.string(),
  nearest: z.array(z.string()).default([]),
  people: z.number().optional(),
  isInForce: z.boolean().default(false),
});

const numbersSchema = z.object({
  ...{ location: z.string(), kind: z.string(), isTold: z.boolean() },
  ...{ range: z.string().optional(), left: z.number().optional(), size: z.number().optional() },
});

const planSchema = z.object({
  planId: z.string(),
  state: z.string(),
  policyVersion: z.string(),
  progress: z.object({ people: z.number() }),
  waitsFor: z.string().optional(),
  failure: z.string().optional(),
  result: z
    .object({
      comparedWith: z.string().optional(),
      people: z.object({
        ...{ looked: z.number(), change: z.number(), gain: z.number(), lose: z.number() },
        ...{ needIdentity: z.number(), undecided: z.number() },
      }),
      licenses: z.array(
        z.object({
          ...{ name: z.string(), gain: z.number(), lose: z.number() },
          free: z.number().optional(),
        }),
      ),
      rules: z.array(
        z.object({ operation: z.string(), rule: z.string(), license: z.string(), people: z.number() }),
      ),
      removals: z.object({ people: z.number(), needApproval: z.number(), cause: z.string() }),
      numbers: z.array(numbersSchema).default([]),
      problems: z.array(problemSchema),
      isCut: z.boolean().optional(),
    })
    .optional(),
});
type Plan = z.output<typeof planSchema>;
type PlanResult = NonNullable<Plan['result']>;

const personSchema = z.object({
  person: z.object({ email: z.string().optional(), personId: z.string().optional() }),
  items: z.array(z.object({ operation: z.string(), license: z.string(), why: z.string() })),
});

const MAX_WAIT_SECONDS = 1_800;
const SHOWN_PEOPLE = 20;

interface Options {
  readonly policy: string;
  readonly json?: true;
  readonly people?: true;
  readonly timeout: number;
}

export function addPolicyPlan(policies: Command, api: () => Api): void {
  policies
    .command('plan')
    .description('show what a policy would do if it were saved: nothing is changed')
    .requiredOption('--policy <path>', 'a policy, YAML or JSON; - for standard input')
    .addOption(new JsonOption(planSchema))
    .option('--people', 'everybody who would gain or lose something, and not only the first 20')
    .addOption(timeoutOption(MAX_WAIT_SECONDS, HOW_LONG))
    .action((options: Options) => plan(api(), options));
}

async function plan(api: Api, { policy, json, people, timeout }: Options): Promise<void> {
  const text = await readPolicy(policy);
  if (text === undefined) {
    process.exitCode = USAGE;
    return;
  }
  const started = await api.post('/policy/plans', planSchema, { body: text, status: 202 });
  const ended = await waitForJob(api, started, {
    path: `/policy/plans/${encodeURIComponent(started.planId)}`,
    ...{ schema: planSchema, name: `plan ${started.planId}`, counted: 'people', timeoutSeconds: timeout },
    onInterrupt: 'The plan ends in the app without this command; nothing is changed by it.',
  });
  if (json) printJson(ended);
  if (ended.failure !== undefined) throw new ApiFailure(`The plan failed: ${ended.failure}.`);
  if (ended.result === undefined) {
    say(`seatline: After ${timeout} s the plan ${ended.planId} is still ${ended.state}.`);
    process.exitCode = UNFINISHED;
    return;
  }
  if (ended.result.problems.some(({ isInForce }) => !isInForce)) process.exitCode = FAILED;
  if (json) return;
  print(...toSummary(ended, ended.result));
  await printPeople(api, ended.planId, ended.result, people === true);
}

/** Undefined where it cannot be read: standard error says why. */
async function readPolicy(path: string): Promise<string | undefined> {
  try {
    const text = await readText(path);
    await parsePolicy(text);
    return text;
  } catch (error) {
    if (error instanceof PolicyError) say(`seatline: ${toName(path)}:`, ...error.message.split('\n'));
    else if (error instanceof ApiFailure) say(`seatline: ${error.message}`);
    else throw error;
    return undefined;
  }
}

function toSummary({ policyVersion }: Plan, result: PlanResult): readonly string[] {
  const { people, licenses, rules, removals, numbers, problems, comparedWith, isCut } = result;
  const { looked, gain, lose, needIdentity, undecided } = people;
  const isSame = comparedWith === policyVersion ? ', the same' : '';
  return [
    `policy ${policyVersion}  compared with ${comparedWith ?? 'none'}${isSame}`,
    `  people   ${looked} evaluated: ${gain} would gain something, ${lose} would lose something`,
    ...(needIdentity > 0 ? [`  people   ${needIdentity} need an identity, and are left alone`] : []),
    ...(undecided > 0
      ? [`  people   of ${undecided} who left, Webex is asked first what they hold: they may lose more`]
      : []),
    ...licenses.map(toSeatLine),
    ...numbers.map(toNumbersLine),
    ...rules.map(
      ({ operation, rule, license, people: affected }) =>
        `  rule     ${rule || '(none)'}: ${affected} ${operation} ${license}`,
    ),
    ...(removals.people > 0
      ? [
          `  removals ${removals.people - removals.needApproval} go at once, ${removals.needApproval} wait for approval under ${removals.cause}`,
        ]
      : []),
    ...problems.map(
      (problem) => `  ${problem.isInForce ? 'as now  ' : 'fails   '} ${toProblemText(problem)}`,
    ),
    ...(isCut ? ['  There is more than is shown here.'] : []),
    ...(problems.length === 0 ? ['  Nothing would fail.'] : []),
  ];
}

const toSeatLine = ({ name, gain, lose, free }: PlanResult['licenses'][number]): string =>
  `  license  ${name}: +${gain} −${lose}${free === undefined ? '' : `, ${free} free`}`;

function toNumbersLine({ location, kind, range, left, size, isTold }: PlanResult['numbers'][number]): string {
  const of = kind === 'extension' ? `of ${size} extensions left in ${range}` : 'phone numbers left';
  const untold = isTold ? '' : ': Webex does not tell, so this is by what Seatline gave';
  return left === undefined
    ? `  numbers  ${location}: Webex does not tell the free phone numbers`
    : `  numbers  ${location}: ${left} ${of}${untold}`;
}

const toPeople = (people = 0) => count(people, 'person', 'people');

function toProblemText({ kind, where, name, nearest, people }: PlanResult['problems'][number]): string {
  const meant = nearest.length > 0 ? `: did you mean ${nearest.join(' or ')}?` : '';
  const of = people ? ` (${toPeople(people)})` : '';
  const at = where ? `${where}: ` : '';
  const texts: Readonly<Record<string, string>> = {
    'unknown-license': `${at}there is no license "${name}"${meant}${of}`,
    'unknown-attribute': `no employee has the attribute "${name}"${meant}`,
    'attribute-not-kept': `no employee has the attribute "${name}" yet: ${where} sends it, and it is kept from the next event on once the policy is saved`,
    'missing-location':
      name === ''
        ? `HR told no location for a Calling license${of}`
        : `the policy has no location "${name}" for a Calling license${of}`,
    'unfilled-template': `${at}the template "${name}" cannot be filled${of}`,
    'phone-numbers-not-told': `${at}Webex does not tell which phone numbers are free: give the token the scope spark-admin:telephony_config_read`,
    'location-refused': `${at}Webex refuses to tell its numbers (${name}): correct locationId in the policy`,
    'no-seats': `there are too few free seats of ${name}: ${toPeople(people)} would wait`,
  };
  return texts[kind] ?? `${at}${kind} ${name}${of}`;
}

async function printPeople(
  api: Api,
  planId: string,
  { people: { change } }: PlanResult,
  isAll: boolean,
): Promise<void> {
  let shown = 0;
  for await (const items of getPages(api, `/policy/plans/${encodeURIComponent(planId)}/people`, {})) {
    for (const item of items) {
      if (!isAll && shown >= SHOWN_PEOPLE) break;
      const { person, items: planned } = personSchema.parse(item);
      print(`  ${person.email ?? person.personId}`);
      for (const { operation, license, why } of planned)
        print(`    ${operation === 'gain' ? '+' : '−'} ${license}  (${why})`);
      shown += 1;
    }
    if (!isAll && shown >= SHOWN_PEOPLE) break;
  }
  if (shown < change) say(`and ${count(change - shown, 'more person', 'more people')}: --people shows all`);
}
