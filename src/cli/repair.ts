import { setTimeout as delay } from 'node:timers/promises';
import { type Command, Option } from 'commander';
import * as z from 'zod';
import { type Api, UsageFailure } from './api.ts';
import { print, say } from './terminal.ts';
import { count } from './words.ts';

interface RedriveOptions {
  readonly all?: true;
  readonly state?: string;
  readonly source?: string;
  readonly condition?: string;
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
    .action(async (requestId: string | undefined, { all, ...filter }: RedriveOptions) => {
      if ((requestId === undefined) !== (all === true) || (!all && Object.keys(filter).length > 0))
        throw new UsageFailure('Say a requestId alone, or --all with its filters.');
      if (requestId !== undefined) await move(api(), requestId, 'redrive', 202);
      else print(`${count(await redriveAll(api(), filter), 'request is', 'requests are')} tried again`);
    });
  program
    .command('cancel')
    .description('cancel a request that has not started, or waits; changes that were made at Webex stay')
    .argument('<requestId>')
    .action((requestId: string) => move(api(), requestId, 'cancel', 200));
}

async function move(api: Api, requestId: string, how: 'redrive' | 'cancel', expected: number) {
  const path = `/license-requests/${encodeURIComponent(requestId)}/${how}`;
  const moved = await api.post(path, movedSchema, { status: expected });
  print(`${moved.requestId}  ${moved.state}`);
}

/** Follows the pages as fast as the app queues their requests. */
async function redriveAll(api: Api, filter: Omit<RedriveOptions, 'all'>): Promise<number> {
  let redriven = 0;
  let next: string | undefined;
  do {
    const body = { ...filter, ...(next !== undefined && { next }) };
    const page: z.output<typeof redrivenSchema> = await api.post(
      '/license-requests/redrive',
      redrivenSchema,
      { body, status: 202 },
    );
    redriven += page.redriven;
    next = page.next;
    if (next !== undefined) say(`${redriven} so far`);
    await delay(page.nextAfterSeconds * 1_000);
  } while (next !== undefined);
  return redriven;
}
