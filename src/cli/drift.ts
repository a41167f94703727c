import { type Command, Option } from 'commander';
import type * as z from 'zod';
import { DRIFT_KINDS, type DriftKind } from '../hr/drift/drift.ts';
import { type DriftFile, driftFileSchema, driftLineShownSchema } from '../inventory/schemas/drift.ts';
import { type Api, getPages } from './api.ts';
import { FAILED } from './exit-codes.ts';
import { JsonOption, listOf, printAs, printPages } from './json-output.ts';

type Line = z.output<typeof driftLineShownSchema>;

interface Options {
  readonly kind?: string;
  readonly license?: string;
  readonly json?: true;
}

/** The command that shows where what people hold differs from what they should hold. */
export function addDrift(program: Command, api: () => Api): void {
  program
    .command('drift')
    .description('show where what people hold at Webex differs from the policy, by the latest inventory run')
    .addOption(new Option('--kind <kind>', 'only this kind').choices(DRIFT_KINDS))
    .option('--license <license>', 'only this license, by its id or its name')
    .addOption(new JsonOption(driftFileSchema.extend(listOf(driftLineShownSchema).partial().shape)))
    .action(async ({ json, ...filter }: Options) => {
      const drift = await api().get('/drift', driftFileSchema);
      const isComputed = drift.state === 'computed';
      if (!json || !isComputed) printAs({ json }, drift, toSummary);
      if (!isComputed) process.exitCode = FAILED;
      if (!isComputed) return;
      const toLines = (lines: readonly Line[]) => lines.map(toLine);
      const pages = getPages(api(), '/drift/people', filter);
      await printPages(pages, { json, head: drift, schema: driftLineShownSchema, toLines });
    });
}

const ADVICE: Readonly<Record<DriftKind, string>> = {
  missing: 'give it back with DRIFT_REPAIR=add, or remove it with a request, so that the removal stands',
  extra: 'ask for it with a request, change the policy, or take it with DRIFT_REPAIR=add-and-remove',
  'leaver-licensed': 'add a leaver rule that takes it, or remove it with a request',
  'unknown-to-hr': 'have HR send the person, or remove it with a request',
  'deleted-in-hr': 'if the person left, have HR send the leaving',
};

function toSummary({
  runId,
  readStartedAt,
  state,
  reason,
  kinds,
  people,
  repair,
}: DriftFile): readonly string[] {
  const head = `drift of run ${runId}, read ${readStartedAt}`;
  if (state !== 'computed' || kinds === undefined || people === undefined)
    return [`${head}: not computed`, `  reason   ${reason?.condition}: ${reason?.detail}`];
  const { notTold, changing, needIdentity, notFound } = people;
  const leftOut = [
    notTold > 0 && `${notTold} not told by Webex`,
    changing > 0 && `${changing} changing`,
    needIdentity > 0 && `${needIdentity} need an identity`,
    notFound > 0 && `${notFound} not at Webex`,
  ].filter((part) => part !== false);
  const found = DRIFT_KINDS.filter((kind) => kinds[kind].licenses > 0);
  return [
    `${head}: ${people.compared} compared${leftOut.length > 0 ? `, left out: ${leftOut.join(', ')}` : ''}`,
    ...found.flatMap((kind) => [toCountLine(kind, kinds[kind]), `    ${ADVICE[kind]}`]),
    ...(found.length === 0 ? ['  nobody has too much or too little'] : []),
    ...(repair?.heldBack === undefined ? [] : [`  ${repair.heldBack}`]),
    ...(repair && repair.left > 0
      ? [`  ${repair.left} came again after a repair: a person means it, and it is left alone`]
      : []),
  ];
}

function toCountLine(kind: DriftKind, counted: NonNullable<DriftFile['kinds']>[DriftKind]): string {
  const { people, licenses, change } = counted;
  const since = change ? ` (${change > 0 ? '+' : ''}${change} since the last run)` : '';
  return `  ${kind.padEnd(16)} ${licenses} of ${people} ${people === 1 ? 'person' : 'people'}${since}`;
}

const REPAIRS: Readonly<Record<string, string>> = {
  asked: 'repair is asked for',
  'under-way': 'repair is under way',
  left: 'repaired before: left alone',
};

function toLine({ kind, license, person, why, repair }: Line): string {
  const who = person.email ?? person.displayName ?? person.personId ?? '(no name)';
  const repaired = repair === undefined ? '' : `; ${REPAIRS[repair] ?? repair}`;
  return `${who}  ${kind}  ${license}  (${why}${repaired})`;
}
