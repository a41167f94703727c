import type { Command } from 'commander';
import { type Api, ApiFailure, getPages, UsageFailure } from './api.ts';
import { UNFINISHED } from './exit-codes.ts';
import { JsonOption, printAs, printJson } from './json-output.ts';
import { type LocalTime, timeOption } from './local-time.ts';
import { print, say } from './terminal.ts';
import { HOW_LONG, timeoutOption } from './timeout-option.ts';
import { changeSchema, type Shown, toChangeLines, toSummary, undoSchema } from './undo-text.ts';
import { waitForJob } from './wait-for-job.ts';
import { count } from './words.ts';

const MAX_WAIT_SECONDS = 1_800;
const SHOWN_CHANGES = 20;
/** The exit code where no request matches. */
const NOTHING_FOUND = 1;

interface Options {
  readonly source?: string;
  readonly policy?: string;
  readonly batch?: string;
  readonly request?: string;
  readonly since?: LocalTime;
  readonly dryRun?: true;
  readonly allowCallingRemoval?: true;
  readonly assumeHeld?: true;
  readonly reason?: string;
  readonly until?: LocalTime;
  readonly json?: true;
  readonly all?: true;
  readonly timeout: number;
}

export function addUndo(program: Command, api: () => Api): void {
  const undo = program
    .command('undo')
    .description('put back what some requests changed, where no newer request decides')
    .option('--source <name>', 'the requests of a source, such as an HR system')
    .option('--policy <version>', 'the requests of a policy version')
    .option('--batch <name>', 'the requests of a batch, also of an undo')
    .option('--request <id>', 'one request')
    .addOption(timeOption('--since <time>', 'only what was done since', 'past'))
    .option('--dry-run', 'show what would be put back and what would be left, and change nothing')
    .option('--allow-calling-removal', 'also take Calling licenses that were given: their numbers are lost')
    .option('--assume-held', 'where nothing tells, take it that people had what was removed from them')
    .option('--reason <text>', 'the reason, for the requests and the audit trail')
    .addOption(timeOption('--until <time>', 'until when it stands against the policy', 'future'))
    .addOption(new JsonOption(undoSchema))
    .option('--all', 'all changes, and not only the first 20')
    .addOption(timeoutOption(MAX_WAIT_SECONDS, HOW_LONG))
    .action((options: Options) => start(api(), options));
  undo
    .command('show')
    .description('show how far an undo is, and what it did')
    .argument('<undoId>')
    .option('--all', 'all changes, and not only the first 20')
    .addOption(new JsonOption(undoSchema))
    .action(async (undoId: string, _options: object, command: Command) => {
      // The parser gives an option that both have to the command above.
      const options = command.optsWithGlobals<{ all?: true; json?: true }>();
      await end(api(), await api().get(toPath(undoId), undoSchema), { ...options, timeout: 0 }, undefined);
    });
  undo
    .command('stop')
    .description('end an undo where it is; requests that it has sent go on')
    .argument('<undoId>')
    .addOption(new JsonOption(undoSchema))
    .action(async (undoId: string, _options: object, command: Command) => {
      const options = command.optsWithGlobals<{ json?: true }>();
      const stopped = await api().delete(toPath(undoId), undoSchema);
      printAs(options, stopped, ({ state, failure, progress }) => [
        `${undoId}  ${failure ?? state}: ${count(progress.putBack, 'change was', 'changes were')} put back`,
      ]);
    });
}

const toPath = (undoId: string) => `/undo/${encodeURIComponent(undoId)}`;

async function start(api: Api, options: Options): Promise<void> {
  const { source, policy: policyVersion, batch, request: requestId, reason } = options;
  const { dryRun, allowCallingRemoval, assumeHeld, since, until } = options;
  const named = [source, policyVersion, batch, requestId].filter((one) => one !== undefined);
  if (named.length !== 1)
    throw new UsageFailure('Say what to undo: one of --source, --policy, --batch and --request.');
  const body = {
    ...{ source, policyVersion, batch, requestId, reason, dryRun, allowCallingRemoval, assumeHeld },
    since: since?.at.toISOString(),
    until: until?.at.toISOString(),
  };
  const started = await api.post('/undo', undoSchema, { body, status: 202 });
  const { undoId } = started;
  const ended = await waitForJob(api, started, {
    ...{ path: toPath(undoId), schema: undoSchema, name: undoId, counted: 'requests' },
    timeoutSeconds: options.timeout,
    onInterrupt: `The undo goes on without this command: seatline undo show ${undoId}. seatline undo stop ${undoId} ends it.`,
  });
  await end(api, ended, options, since);
}

async function end(
  api: Api,
  undo: Shown,
  { json, all, timeout }: Pick<Options, 'json' | 'all' | 'timeout'>,
  since: LocalTime | undefined,
): Promise<void> {
  if (json) printJson(undo);
  if (undo.failure !== undefined) {
    const watched = undo.dryRun ? '' : ` What it has sent: seatline batch ${undo.undoId}`;
    throw new ApiFailure(`The undo ended: ${undo.failure}.${watched}`);
  }
  if (undo.result === undefined) {
    say(
      `seatline: After ${timeout} s ${undo.undoId} is still ${undo.state}: seatline undo show ${undo.undoId}`,
    );
    process.exitCode = UNFINISHED;
    return;
  }
  if (undo.result.requests === 0) process.exitCode = NOTHING_FOUND;
  if (json) return;
  print(...toSummary(undo, undo.result, since?.text));
  await printChanges(api, undo, all === true);
}

async function printChanges(api: Api, { undoId, result, dryRun }: Shown, isAll: boolean): Promise<void> {
  const { putBack = 0, left = 0, cancelled = 0, open = 0 } = result ?? {};
  let shown = 0;
  for await (const items of getPages(api, `${toPath(undoId)}/changes`, {})) {
    for (const item of items) {
      if (!isAll && shown >= SHOWN_CHANGES) break;
      print(...toChangeLines(changeSchema.parse(item), dryRun));
      shown += 1;
    }
    if (!isAll && shown >= SHOWN_CHANGES) break;
  }
  const rest = putBack + left + cancelled + open - shown;
  if (rest > 0) say(`and ${rest} more: --all shows all`);
}
