import { setTimeout as delay } from 'node:timers/promises';
import { Presets, SingleBar } from 'cli-progress';
import type { Command } from 'commander';
import { type RunStatus, runStatusSchema } from '../inventory/schemas/files.ts';
import type { Api } from './api.ts';
import { FAILED, UNFINISHED } from './exit-codes.ts';
import { onInterruptSay } from './interrupt.ts';
import { addInventoryFiles } from './inventory-files.ts';
import { JsonOption, printAs } from './json-output.ts';
import { createProgressLines } from './progress-lines.ts';
import type { WaitOptions } from './status.ts';
import { say } from './terminal.ts';
import { timeoutOption } from './timeout-option.ts';
import { count } from './words.ts';

const CHECK_EVERY_MS = 1_000;
const MAX_WAIT_SECONDS = 6 * 3_600;

export function addInventory(program: Command, api: () => Api): void {
  const inventory = program.command('inventory').description('the license inventory in blob storage');
  addInventoryFiles(inventory, api);
  inventory
    .command('run')
    .description('publish the inventory now, or continue a run that failed recently')
    .option('--force', 'even where the catalogue is empty, or over half of the licenses or people are gone')
    .option('--wait', 'show the progress, and wait for the end')
    .addOption(timeoutOption(MAX_WAIT_SECONDS))
    .addOption(new JsonOption(runStatusSchema))
    .action(async ({ force = false, wait = false, timeout, json }: WaitOptions & { force?: boolean }) => {
      const started = await api().post('/inventory/runs', runStatusSchema, { body: { force }, status: 202 });
      const run = wait ? await waitForEnd(api(), started, timeout) : started;
      printAs({ json }, run, toRunLines);
      if (!isUnderWay(run)) process.exitCode = run.state === 'complete' ? 0 : FAILED;
      else if (wait) {
        say(`seatline: After ${timeout} s the run is still ${run.state}. It continues without this command.`);
        process.exitCode = UNFINISHED;
      }
    });
}

async function waitForEnd(api: Api, started: RunStatus, timeout: number): Promise<RunStatus> {
  const progress = process.stderr.isTTY ? createBar(started) : createProgressLog();
  onInterruptSay('The run goes on without this command. seatline inventory run --wait shows how far it is.');
  try {
    let run = started;
    for (const end = Date.now() + timeout * 1_000; isUnderWay(run) && Date.now() < end; ) {
      progress.show(run);
      await delay(CHECK_EVERY_MS);
      run = await api.get(`/inventory/runs/${encodeURIComponent(started.runId)}`, runStatusSchema);
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
/** A bar with the total 0 would be full. */
const toTotal = (run: RunStatus) => Math.max(toAbout(run), 1);

function createBar(started: RunStatus): Progress {
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
  bar.start(toTotal(started), started.rows, { ...started, about: toAbout(started) });
  return {
    show(run) {
      bar.setTotal(toTotal(run));
      bar.update(run.rows, { ...run, about: toAbout(run) });
    },
    stop: () => bar.stop(),
  };
}

function createProgressLog(): Progress {
  const sayProgress = createProgressLines({ isCalm: true });
  return {
    show(run) {
      const { state, rows, licensesDone, licenses, pages, waitingUntil } = run;
      const until = waitingUntil ? ` until ${waitingUntil}` : '';
      sayProgress(
        `${state}${until}: ${rows} of about ${toAbout(run)} rows, ${licensesDone} of ${licenses} licenses, ${pages} pages`,
      );
    },
    stop() {},
  };
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
    `  read     ${count(rows, 'row')} in ${count(pages, 'page')}`,
    ...warnings.map((warning) => `  warning  ${warning}`),
  ];
}
