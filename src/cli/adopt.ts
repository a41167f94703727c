import { once } from 'node:events';
import type { Command } from 'commander';
import * as z from 'zod';
import { resultSchema, toSummary } from './adoption-text.ts';
import { type Api, ApiFailure, getPages } from './api.ts';
import { UNFINISHED } from './exit-codes.ts';
import { JsonOption, printJson } from './json-output.ts';
import { print, say } from './terminal.ts';
import { HOW_LONG, timeoutOption } from './timeout-option.ts';
import { waitForJob } from './wait-for-job.ts';

const adoptionSchema = z.object({
  adoptionId: z.string(),
  dryRun: z.boolean(),
  state: z.string(),
  progress: z.object({ people: z.number() }),
  waitsFor: z.string().optional(),
  failure: z.string().optional(),
  result: resultSchema.optional(),
});

const names = z.array(z.string());
const lineSchema = z.object({
  person: z.object({ email: z.string().optional(), personId: z.string().optional() }),
  state: z.string(),
  ...{ adopted: names, loses: names, losesLater: names },
  note: z.string().optional(),
});

const reclaimedSchema = z.object({
  state: z.string(),
  dryRun: z.boolean(),
  licenses: z.array(z.object({ name: z.string(), action: z.string(), why: z.string() })),
  requestId: z.string().optional(),
});

const MAX_WAIT_SECONDS = 1_800;
const SHOWN_PEOPLE = 20;
/** So many pages are read for the people who are shown: some thousand people. */
const MAX_PAGES = 50;
const NOT_MANAGED = 'not managed';
const REASON = ['--reason <text>', 'the reason, for the audit trail'] as const;

interface Options {
  readonly dryRun?: true;
  readonly json?: true;
  readonly people?: true;
  readonly reason?: string;
}

/** Adds `adopt` and `reclaim`. */
export function addAdopt(program: Command, api: () => Api): void {
  program
    .command('adopt')
    .description('make what people hold at Webex and the policy manages theirs, so that leaver rules take it')
    .option('--dry-run', 'only show what would be adopted, and what leavers would lose then')
    .addOption(new JsonOption(adoptionSchema))
    .option(
      '--people',
      'everybody who gets something by adoption, and not only the first 20 who lose something or are left out',
    )
    .option(...REASON)
    .addOption(timeoutOption(MAX_WAIT_SECONDS, HOW_LONG))
    .action((options: Options & { readonly timeout: number }) => adopt(api(), options));
  program
    .command('reclaim')
    .description(
      'take from one person who left what leaver rules take of what they hold and the policy manages',
    )
    .argument('<person>', 'an e-mail address or a personId')
    .option('--dry-run', 'only show what would be taken')
    .addOption(new JsonOption(reclaimedSchema))
    .option(...REASON)
    .action((person: string, options: Options) => reclaim(api(), person, options));
}

const toBody = ({ dryRun, reason }: Options) => ({
  dryRun: dryRun === true,
  ...(reason !== undefined && { reason }),
});

async function adopt(api: Api, options: Options & { readonly timeout: number }): Promise<void> {
  const { json, people, timeout } = options;
  const started = await api.post('/adoptions', adoptionSchema, { body: toBody(options), status: 202 });
  const path = `/adoptions/${encodeURIComponent(started.adoptionId)}`;
  const ended = await waitForJob(api, started, {
    ...{ path, schema: adoptionSchema, name: `adoption ${started.adoptionId}`, counted: 'people' },
    timeoutSeconds: timeout,
    onInterrupt: `The adoption ${started.adoptionId} goes on without this command.`,
  });
  if (json) printJson(ended);
  if (ended.failure !== undefined) throw new ApiFailure(`The adoption failed: ${ended.failure}.`);
  if (ended.result === undefined) {
    say(`seatline: After ${timeout} s the adoption ${ended.adoptionId} is still ${ended.state}.`);
    process.exitCode = UNFINISHED;
    return;
  }
  if (json) return;
  print(...toSummary(ended.result, ended.dryRun));
  await printPeople(api, path, people === true);
}

/** Without `isAll`, those who lose something or were left out: of many people, those that the first pages have. */
async function printPeople(api: Api, path: string, isAll: boolean): Promise<void> {
  let [shown, pages] = [0, 0];
  for await (const items of getPages(api, `${path}/people`, {})) {
    pages += 1;
    const lines = items.map((item) => lineSchema.parse(item));
    const some = isAll ? lines : lines.filter(isConcerned).slice(0, SHOWN_PEOPLE - shown);
    const texts = some.flatMap(toPersonLines);
    if (texts.length > 0 && !print(...texts)) await once(process.stdout, 'drain');
    shown += some.length;
    if (!isAll && (shown >= SHOWN_PEOPLE || pages >= MAX_PAGES)) break;
  }
  if (!isAll) say('--people shows everybody who gets something by adoption or is left out.');
}

type Line = z.output<typeof lineSchema>;
const isConcerned = ({ loses, losesLater, note }: Line) =>
  note !== undefined || loses.length + losesLater.length > 0;

function toPersonLines({ person, state, adopted, loses, losesLater, note }: Line): readonly string[] {
  const toFate = (name: string) =>
    loses.includes(name) ? '  − loses it' : losesLater.includes(name) ? '  − loses it later' : '';
  return [
    `  ${person.email ?? person.personId}  ${state}${note ? `  (${note})` : ''}`,
    ...adopted.map((name) => `    ${name}${toFate(name)}`),
  ];
}

async function reclaim(api: Api, name: string, options: Options): Promise<void> {
  const path = `/people/${encodeURIComponent(name)}/reclaim`;
  const answer = await api.post(path, reclaimedSchema, { body: toBody(options), status: [200, 202] });
  if (options.json) return printJson(answer);
  const { state, licenses, requestId, dryRun } = answer;
  print(`${name}  ${state}`);
  const beside = licenses.filter(({ why }) => why === NOT_MANAGED);
  print(
    ...licenses
      .filter(({ why }) => why !== NOT_MANAGED)
      .map((one) => `  ${one.action === 'remove' ? `− ${one.name}` : `  ${one.name} stays`}  (${one.why})`),
    ...(beside.length > 0
      ? [`    also holds, ${NOT_MANAGED}: ${beside.map((one) => one.name).join(', ')}`]
      : []),
  );
  if (licenses.every(({ action }) => action !== 'remove')) say('There is nothing to take.');
  else if (dryRun) say('This was a dry run: nothing was taken.');
  else if (requestId !== undefined) say(`seatline status ${requestId} --wait shows when it is taken.`);
}
