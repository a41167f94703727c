import { setTimeout as delay } from 'node:timers/promises';
import type { Command } from 'commander';
import { type Api, ApiFailure, getPages, UsageFailure } from './api.ts';
import { type LocalTime, timeOption } from './local-time.ts';
import { HOW_LONG, timeoutOption, UNFINISHED } from './status.ts';
import { print, say } from './terminal.ts';
import { changeSchema, type Shown, toChangeLines, toSummary, undoSchema } from './undo-text.ts';

const CHECK_EVERY_MS = 1_000;
const SHOW_EVERY_MS = 4_000;
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
    .option('--json', 'the whole answer of the app')
    .option('--all', 'all changes, and not only the first 20')
    .addOption(timeoutOption(MAX_WAIT_SECONDS, HOW_LONG))
    .action((options: Options) => start(api(), options));
  undo
    .command('show')
    .description('show how far an undo is, and what it did')
    .argument('<undoId>')
    .action(async (undoId: string) => {
      await end(api(), await api().get(toPath(undoId), undoSchema), { timeout: 0 }, undefined);
    });
  undo
    .command('stop')
    .description('end an undo where it is; requests that it has sent go on')
    .argument('<undoId>')
    .action(async (undoId: string) => {
      const { state, failure, progress } = await api().delete(toPath(undoId), undoSchema);
      print(`${undoId}  ${failure ?? state}: ${progress.putBack} changes were put back`);
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
  await end(api, await waitForEnd(api, started, options.timeout), options, since);
}

/** A line at once, and then at least every five seconds. */
async function waitForEnd(api: Api, started: Shown, timeout: number): Promise<Shown> {
  let found = started;
  let shownAtMs = 0;
  const endMs = Date.now() + timeout * 1_000;
  while (['queued', 'running'].includes(found.state) && Date.now() < endMs) {
    if (Date.now() >= shownAtMs + SHOW_EVERY_MS) {
      const waits = found.waitsFor === undefined ? '' : `, waiting: ${found.waitsFor}`;
      say(`${found.undoId}  ${found.state}: ${found.progress.requests} requests looked at${waits}`);
      shownAtMs = Date.now();
    }
    await delay(CHECK_EVERY_MS);
    found = await api.get(toPath(started.undoId), undoSchema);
  }
  return found;
}

async function end(
  api: Api,
  undo: Shown,
  { json, all, timeout }: Pick<Options, 'json' | 'all' | 'timeout'>,
  since: LocalTime | undefined,
): Promise<void> {
  if (json) print(JSON.stringify(undo));
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
