import { setTimeout as delay } from 'node:timers/promises';
import type { Command } from 'commander';
import type { Api } from './api.ts';
import { FAILED, UNFINISHED } from './exit-codes.ts';
import { onInterruptSay } from './interrupt.ts';
import { JsonOption, printAs } from './json-output.ts';
import { createProgressLines } from './progress-lines.ts';
import { isFinal, requestSchema, type ShownRequest, toRequestLines, toStateText } from './request-text.ts';
import { say } from './terminal.ts';
import { timeoutOption } from './timeout-option.ts';

const CHECK_EVERY_MS = 1_000;

export interface WaitOptions {
  readonly wait?: boolean;
  readonly timeout: number;
  readonly json?: true;
}

export function addStatus(program: Command, api: () => Api): void {
  program
    .command('status')
    .description('show a license request: its state, the result of each license, and its history')
    .argument('<requestId>')
    .option('--wait', 'until it is final')
    .addOption(timeoutOption())
    .addOption(new JsonOption(requestSchema))
    .action((requestId: string, options: WaitOptions) =>
      show(api(), [requestId], options, (request) => printAs(options, request, toRequestLines)),
    );
}

/**
 * Shows requests in order. With `wait`, shows each once it is final; at the timeout, shows the open ones as they are. The
 * exit code is 1 where a request did not succeed, and 3 where a request is still open after a wait.
 */
export async function show(
  api: Api,
  requestIds: readonly string[],
  { wait = false, timeout }: WaitOptions,
  showOne: (request: ShownRequest) => void,
): Promise<void> {
  const end = Date.now() + timeout * 1_000;
  const open: ShownRequest[] = [];
  const [first = '', ...others] = requestIds;
  const id = others.length === 0 ? first : '<requestId>';
  if (wait) onInterruptSay(`${toGoesOn(others.length + 1)}: seatline status ${id} --wait`);
  const sayProgress = createProgressLines();
  for (const requestId of requestIds) {
    let request = await read(api, requestId);
    while (wait && !isFinal(request) && Date.now() < end) {
      sayProgress(toStateText(request));
      await delay(CHECK_EVERY_MS);
      request = await read(api, requestId);
    }
    showOne(request);
    if (!isFinal(request)) open.push(request);
    else if (request.state !== 'succeeded') process.exitCode = FAILED;
  }
  if (!wait || open.length === 0) return;
  say(
    `seatline: After ${timeout} s ${open.length} of ${requestIds.length} ${open.length === 1 ? 'is' : 'are'} still open:`,
    ...open.map((request) => `  ${toStateText(request)}`),
    'They continue without this command: see seatline status <requestId> --wait.',
  );
  process.exitCode = UNFINISHED;
}

const toGoesOn = (requests: number) =>
  requests === 1 ? 'The request goes on without this command' : 'The requests go on without this command';

const read = (api: Api, requestId: string): Promise<ShownRequest> =>
  api.get(`/license-requests/${encodeURIComponent(requestId)}`, requestSchema);
