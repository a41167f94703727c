import type { Command } from 'commander';
import * as z from 'zod';
import { type Api, getPages } from './api.ts';
import { FAILED, UNFINISHED } from './exit-codes.ts';
import {
  type Batch,
  batchSchema,
  countOpen,
  countUnsuccessful,
  followBatch,
  readBatch,
} from './follow-batch.ts';
import { onInterruptSay } from './interrupt.ts';
import { JsonOption, printAs } from './json-output.ts';
import { sayPause } from './pause-text.ts';
import { requestSchema, type ShownRequest } from './request-text.ts';
import { say } from './terminal.ts';
import { timeoutOption } from './timeout-option.ts';
import { count } from './words.ts';

export function addBatch(program: Command, api: () => Api): void {
  const batches = program.command('batch').description('the requests that were submitted under one name');
  batches
    .command('status', { isDefault: true })
    .description('count the requests of a batch by state')
    .argument('<name>')
    .addOption(new JsonOption(batchSchema))
    .action(async (name: string, options: { json?: true }) => {
      const batch = await readBatch(api(), name);
      sayPause(batch.pause);
      printAs(options, batch, toBatchLines);
    });
  batches
    .command('wait')
    .description('show the progress of a batch until all is final; ends with 1 where something failed')
    .argument('<name>')
    .addOption(timeoutOption())
    .addOption(new JsonOption(batchSchema))
    .action(async (name: string, options: { timeout: number; json?: true }) => {
      const batch = await followBatch(api(), name, { timeoutSeconds: options.timeout, isPatient: true });
      printAs(options, batch, toBatchLines);
      endAs(batch);
    });
  batches
    .command('cancel')
    .description('cancel what has not started, or waits; changes that were made at Webex stay')
    .argument('<name>')
    .addOption(new JsonOption(cancelledSchema.omit({ next: true })))
    .action((name: string, options: { json?: true }) => cancelBatch(api(), name, options));
}

/** Sets the exit code: 0 where all succeeded, 1 where something failed, 3 where something is open. */
function endAs(batch: Batch): void {
  const open = countOpen(batch);
  if (open > 0) sayOpen(open, batch.requests, batch.batch);
  if (open > 0) process.exitCode = UNFINISHED;
  else if (countUnsuccessful(batch) > 0) process.exitCode = FAILED;
}

/** Says that something goes on without this command. */
export const sayOpen = (open: number, of: number, batch: string): boolean =>
  say(`${open} of ${of} are not finished, and go on without this command:`, `  seatline batch wait ${batch}`);

const toBatchLines = (batch: Batch): readonly string[] => [
  `${batch.batch}  ${count(batch.requests, 'request')}${batch.isMore ? ', and more' : ''}`,
  ...Object.entries(batch.states).map(([state, number]) => `  ${state}: ${number}`),
  ...Object.entries(batch.waiting).map(([reason, number]) => `    for ${reason}: ${number}`),
  ...batch.causes.map((cause) => `  seatline approve ${cause} --reason …`),
];

/** The requests of a batch, in pages; none where no request has its name. */
export async function* readRequests(api: Api, name: string): AsyncGenerator<ShownRequest> {
  for await (const items of getPages(api, '/license-requests', { batch: name }))
    for (const item of items) yield requestSchema.parse(item);
}

const cancelledSchema = z.object({
  cancelled: z.number(),
  begun: z.number(),
  examples: z.array(z.string()).default([]),
  next: z.string().optional(),
});

async function cancelBatch(api: Api, name: string, options: { json?: true }): Promise<void> {
  let [cancelled, begun] = [0, 0];
  const examples: string[] = [];
  let query: string | undefined = '';
  // The app cancels for a bounded time in each call.
  while (query !== undefined) {
    const path = `/batches/${encodeURIComponent(name)}/cancel${query}`;
    const page: z.output<typeof cancelledSchema> = await api.post(path, cancelledSchema, { status: 200 });
    cancelled += page.cancelled;
    begun += page.begun;
    examples.push(...page.examples);
    query = page.next;
    if (query !== undefined) say(`${cancelled} cancelled so far`);
    onInterruptSay(`${cancelled} are cancelled. The rest goes on: seatline batch cancel ${name}`);
  }
  const shown = { cancelled, begun, examples: examples.slice(0, 20) };
  printAs(options, shown, () => [`${name}  ${cancelled} cancelled`]);
  if (begun === 0) return;
  say(
    `${count(begun, 'request has', 'requests have')} begun, and cannot be cancelled now:`,
    ...shown.examples.map((id) => `  ${id}`),
  );
  process.exitCode = FAILED;
}
