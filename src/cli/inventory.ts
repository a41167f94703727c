import { setTimeout as delay } from 'node:timers/promises';
import { Presets, SingleBar } from 'cli-progress';
import type { Command } from 'commander';
import { type RunStatus, runStatusSchema } from '../contract/inventory.ts';
import { type Api, ApiFailure, toProblemText } from './api.ts';

const LOOK_EVERY_MS = 1_000;
const MAX_WAIT_HOURS = 6;

export function addInventory(program: Command, api: () => Api): void {
  program
    .command('inventory')
    .description('the license inventory in blob storage')
    .command('run')
    .description('publish the inventory now, or go on with a run that failed lately')
    .option('--force', 'even where the catalogue is empty, or has lost over half of its licenses')
    .option('--wait', `show how far it is, and wait for its end, at most ${MAX_WAIT_HOURS} h`)
    .action(async ({ force = false, wait = false }: { force?: boolean; wait?: boolean }) => {
      const { status, body } = await api().call('POST', '/inventory/runs', { force });
      if (status !== 202) throw new ApiFailure(toProblemText(status, body));
      const begun = runStatusSchema.parse(body);
      const run = wait ? await watch(api(), begun) : begun;
      process.stdout.write(`${toRunText(run)}\n`);
      if (!isUnderWay(run) && run.state !== 'complete') process.exitCode = 2;
    });
}

async function watch(api: Api, begun: RunStatus): Promise<RunStatus> {
  const bar = new SingleBar(
    {
      format:
        '{bar} {value} of about {total} rows, {licensesDone} of {licenses} licenses, {pages} pages  {state}',
      stream: process.stderr,
      clearOnComplete: true,
      hideCursor: true,
    },
    Presets.shades_classic,
  );
  bar.start(begun.expectedRows, begun.rows, { ...begun });
  try {
    let run = begun;
    const looks = (MAX_WAIT_HOURS * 3_600_000) / LOOK_EVERY_MS;
    for (let look = 0; isUnderWay(run) && look < looks; look += 1) {
      await delay(LOOK_EVERY_MS);
      run = await read(api, begun.runId);
      bar.setTotal(Math.max(run.expectedRows, run.rows));
      bar.update(run.rows, { ...run });
    }
    return run;
  } finally {
    bar.stop();
  }
}

async function read(api: Api, runId: string): Promise<RunStatus> {
  const { status, body } = await api.call('GET', `/inventory/runs/${encodeURIComponent(runId)}`);
  if (status !== 200) throw new ApiFailure(toProblemText(status, body));
  return runStatusSchema.parse(body);
}

const isUnderWay = ({ state }: RunStatus): boolean =>
  state === 'queued' || state === 'reading' || state === 'waiting';

function toRunText(run: RunStatus): string {
  const { runId, state, reason, folder, warnings, rows, pages, isLatest } = run;
  return [
    `${runId}  ${state}${run.waitingUntil ? ` until ${run.waitingUntil}` : ''}`,
    ...(reason ? [`  reason   ${reason.condition}: ${reason.detail}`] : []),
    ...(folder ? [`  folder   ${folder}`] : []),
    ...(isLatest === undefined ? [] : [`  latest   ${isLatest ? 'yes' : 'no'}`]),
    `  read     ${rows} rows in ${pages} pages`,
    ...warnings.map((warning) => `  warning  ${warning}`),
  ].join('\n');
}
