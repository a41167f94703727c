import { setTimeout as delay } from 'node:timers/promises';
import { type Command, Option } from 'commander';
import * as z from 'zod';
import { type Api, ApiFailure, toFailure } from './api.ts';
import { print, say } from './terminal.ts';

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
    .description('have a request tried again that failed, or failed in part; or all that fit')
    .argument('[requestId]')
    .option('--all', 'all that fit, a few a second; this ends when the last of them is on its way')
    .addOption(
      new Option('--state <state>', 'with --all: only these; else both').choices(['failed', 'partial']),
    )
    .option('--source <name>', 'with --all: who asked')
    .option('--condition <condition>', 'with --all: why it failed, such as person-not-found')
    .action(async (requestId: string | undefined, { all, ...filter }: RedriveOptions) => {
      if ((requestId === undefined) !== (all === true) || (!all && Object.keys(filter).length > 0))
        throw new ApiFailure('Say which: a requestId alone, or --all with what must fit.');
      if (requestId !== undefined) await move(api(), requestId, 'redrive', 202);
      else process.stdout.write(`${await redriveAll(api(), filter)} requests are tried again\n`);
    });
  program
    .command('cancel')
    .description('stop a request that has not begun, or waits; what was changed at Webex by then stays')
    .argument('<requestId>')
    .action((requestId: string) => move(api(), requestId, 'cancel', 200));
}

async function move(api: Api, requestId: string, how: 'redrive' | 'cancel', expected: number) {
  const { status, body } = await api.call(
    'POST',
    `/license-requests/${encodeURIComponent(requestId)}/${how}`,
  );
  if (status !== expected) throw toFailure({ status, body });
  const moved = movedSchema.parse(body);
  print(`${moved.requestId}  ${moved.state}`);
}

/** Follows the pages no faster than the app sends what is on them. */
async function redriveAll(api: Api, filter: Omit<RedriveOptions, 'all'>): Promise<number> {
  let count = 0;
  let next: string | undefined;
  do {
    const { status, body } = await api.call('POST', '/license-requests/redrive', {
      ...filter,
      ...(next !== undefined && { next }),
    });
    if (status !== 202) throw toFailure({ status, body });
    const page = redrivenSchema.parse(body);
    count += page.redriven;
    next = page.next;
    if (next !== undefined) say(`${count} so far`);
    await delay(page.nextAfterSeconds * 1_000);
  } while (next !== undefined);
  return count;
}
