import { setTimeout as delay } from 'node:timers/promises';
import { type Command, Option } from 'commander';
import * as z from 'zod';
import { type Api, UsageFailure } from './api.ts';
import { onInterruptSay } from './interrupt.ts';
import { JsonOption, printAs } from './json-output.ts';
import { createProgressLines, sayWhile } from './progress-lines.ts';
import { count } from './words.ts';

interface RedriveOptions {
  readonly all?: true;
  readonly state?: string;
  readonly source?: string;
  readonly condition?: string;
  readonly json?: true;
}

const movedSchema = z.object({ requestId: z.string(), state: z.string() });
const redrivenSchema = z.object({
  redriven: z.number(),
  next: z.string().optional(),
  nextAfterSeconds: z.number().default(0),
});

export function addRepair(program: Command, api: () => Api): void {
  program
    .command('redrive')
    .description('redrive a request that failed, or failed in part; or all that match')
    .argument('[requestId]')
    .option('--all', 'all that match, a few per second; the command ends once the last one is queued')
    .addOption(
      new Option('--state <state>', 'with --all: only these; by default both').choices(['failed', 'partial']),
    )
    .option('--source <name>', 'with --all: their source')
    .option('--condition <condition>', 'with --all: their failure, such as person-not-found')
    .addOption(new JsonOption(z.union([movedSchema, redrivenSchema.pick({ redriven: true })])))
    .action(async (requestId: string | undefined, { all, json, ...filter }: RedriveOptions) => {
      if ((requestId === undefined) !== (all === true) || (!all && Object.keys(filter).length > 0))
        throw new UsageFailure('Say a requestId alone, or --all with its filters.');
      if (requestId !== undefined) return printMoved(await move(api(), requestId, 'redrive', 202), json);
      const redriven = await redriveAll(api(), filter);
      printAs({ json }, { redriven }, () => [`${count(redriven, 'request is', 'requests are')} tried again`]);
    });
  program
    .command('cancel')
    .description('cancel a request that has not started, or waits; changes that were made at Webex stay')
    .argument('<requestId>')
    .addOption(new JsonOption(movedSchema))
    .action(async (requestId: string, { json }: { json?: true }) =>
      printMoved(await move(api(), requestId, 'cancel', 200), json),
    );
}

const printMoved = (moved: z.output<typeof movedSchema>, json: true | undefined): void =>
  printAs({ json }, moved, ({ requestId, state }) => [`${requestId}  ${state}`]);

const move = (api: Api, requestId: string, how: 'redrive' | 'cancel', expected: number) =>
  api.post(`/license-requests/${encodeURIComponent(requestId)}/${how}`, movedSchema, { status: expected });

/** Follows the pages as fast as the app queues their requests. */
async function redriveAll(api: Api, filter: Omit<RedriveOptions, 'all' | 'json'>): Promise<number> {
  let redriven = 0;
  let next: string | undefined;
  const sayProgress = createProgressLines();
  do {
    const body = { ...filter, ...(next !== undefined && { next }) };
    const page: z.output<typeof redrivenSchema> = await api.post(
      '/license-requests/redrive',
      redrivenSchema,
      { body, status: 202 },
    );
    redriven += page.redriven;
    next = page.next;
    if (next === undefined) break;
    sayProgress(`${redriven} so far`);
    onInterruptSay(`${count(redriven, 'request goes', 'requests go')} on. The rest is as it was.`);
    await sayWhile(`${redriven} so far`, delay(page.nextAfterSeconds * 1_000));
  } while (next !== undefined);
  return redriven;
}
