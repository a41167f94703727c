import { setTimeout as delay } from 'node:timers/promises';
import { Presets, SingleBar } from 'cli-progress';
import type { Command } from 'commander';
import { type RunStatus, runStatusSchema } from '../inventory/schemas/files.ts';
import { type Api, toFailure } from './api.ts';
import { timeoutOption, UNFINISHED, type WaitOptions } from './status.ts';
import { print, say } from './terminal.ts';

const CHECK_EVERY_MS = 1_000;
const TELL_EVERY_MS = 5_000;
const MAX_WAIT_SECONDS = 6 * 3_600;

export function addInventory(program: Command, api: () => Api): void {
  program
    .command('inventory')
    .description('the license inventory in blob storage')
    .command('run')
    .description('publish the inventory now, or go on with a run that failed lately')
    .option('--force', 'even where the catalogue is empty, or has lost over half of its licenses')
    .option('--wait', 'show how far it is, and wait for its end')
    .addOption(timeoutOption(MAX_WAIT_SECONDS))
    .action(async ({ force = false, wait = false, timeout }: WaitOptions & { force?: boolean }) => {
      const { status, body } = await api().call('POST', '/inventory/runs', { force });
      if (status !== 202) throw toFailure({ status, body });
      const begun = runStatusSchema.parse(body);
      const run = wait ? await watch(api(), begun, timeout) : begun;
      print(...toRunLines(run));
      if (!isUnderWay(run)) process.exitCode = run.state === 'complete' ? 0 : 2;
      else if (wait) {
        say(
          `seatline: After ${timeout} s the run is still under way (${run.state}). It goes on without this command.`,
        );
        process.exitCode = UNFINISHED;
      }
    });
}

async function watch(api: Api, begun: RunStatus, timeout: number): Promise<RunStatus> {
  const progress = process.stderr.isTTY ? toBar(begun) : toTold();
  try {
    let run = begun;
    for (const end = Date.now() + timeout * 1_000; isUnderWay(run) && Date.now() < end; ) {
      progress.show(run);
      await delay(CHECK_EVERY_MS);
      run = await read(api, begun.runId);
    }
    return run;
  } finally {
    progress.stop();
  }
}

interface Progress {
  show(run: RunStatus): void;
  stop(): void;
}

const toAbout = ({ expectedRows, rows }: RunStatus) => Math.max(expectedRows, rows);
/** A bar of nothing would be full. */
const toTotal = (run: RunStatus) => Math.max(toAbout(run), 1);

function toBar(begun: RunStatus): Progress {
  const bar = new SingleBar(
    {
      format:
        '{bar} {value} of about {about} rows, {licensesDone} of {licenses} licenses, {pages} pages  {state}',
      stream: process.stderr,
      clearOnComplete: true,
      hideCursor: true,
    },
    Presets.shades_classic,
  );
  bar.start(toTotal(begun), begun.rows, { ...begun, about: toAbout(begun) });
  return {
    show(run) {
      bar.setTotal(toTotal(run));
      bar.update(run.rows, { ...run, about: toAbout(run) });
    },
    stop: () => bar.stop(),
  };
}

/** Without a terminal: a line when it moved, as a log keeps it. */
function toTold(): Progress {
  let told = '';
  let toldAtMs = 0;
  return {
    show(run) {
      const { state, rows, licensesDone, licenses, pages, waitingUntil } = run;
      const until = waitingUntil ? ` until ${waitingUntil}` : '';
      const text = `${state}${until}: ${rows} of about ${toAbout(run)} rows, ${licensesDone} of ${licenses} licenses, ${pages} pages`;
      if (text === told || Date.now() < toldAtMs + TELL_EVERY_MS) return;
      say(text);
      told = text;
      toldAtMs = Date.now();
    },
    stop() {},
  };
}

async function read(api: Api, runId: string): Promise<RunStatus> {
  const { status, body } = await api.call('GET', `/inventory/runs/${encodeURIComponent(runId)}`);
  if (status !== 200) throw toFailure({ status, body });
  return runStatusSchema.parse(body);
}

const isUnderWay = ({ state }: RunStatus): boolean =>
  state === 'queued' || state === 'reading' || state === 'waiting';

function toRunLines(run: RunStatus): readonly string[] {
  const { runId, state, reason, folder, warnings, rows, pages, isLatest } = run;
  return [
    `${runId}  ${state}${run.waitingUntil ? ` until ${run.waitingUntil}` : ''}`,
    ...(reason ? [`  reason   ${reason.condition}: ${reason.detail}`] : []),
    ...(folder ? [`  folder   ${folder}`] : []),
    ...(isLatest === undefined ? [] : [`  latest   ${isLatest ? 'yes' : 'no'}`]),
    `  read     ${rows} rows in ${pages} pages`,
    ...warnings.map((warning) => `  warning  ${warning}`),
  ];
}
