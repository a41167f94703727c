import { setTimeout as delay } from 'node:timers/promises';
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { Api } from './api.ts';
import { onInterruptSay } from './interrupt.ts';
import { JsonOption, printAs } from './json-output.ts';
import { createProgressLines } from './progress-lines.ts';
import { isFinal, requestSchema, type ShownRequest, toRequestLines, toStateText } from './request-text.ts';
import { say } from './terminal.ts';

const CHECK_EVERY_MS = 1_000;
const WAIT_SECONDS = 600;

/** Exit codes beside 0. Something failed, or the app could not be called, or refused. */
export const FAILED = 1;
/** An option or a file has to be corrected: nothing was done. */
export const USAGE = 2;
/** A wait ended too early. */
export const UNFINISHED = 3;

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

/** Of commands that always wait. */
export const HOW_LONG = 'how long to wait at most; the work goes on in the app';

/** @param preset in seconds @param description of commands that always wait */
export function timeoutOption(preset = WAIT_SECONDS, description = 'with --wait: how long at most'): Option {
  return new Option('--timeout <seconds>', description).default(preset).argParser((text) => {
    const seconds = Number(text);
    if (!(seconds >= 0 && seconds <= 86_400)) throw new InvalidArgumentError('Say 0 to 86400 seconds.');
    return seconds;
  });
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
