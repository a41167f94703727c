import { setTimeout as delay } from 'node:timers/promises';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { type Api, toFailure } from './api.ts';
import { isFinal, requestSchema, type ShownRequest, toRequestLines, toStateText } from './request-text.ts';
import { print, say } from './terminal.ts';

const CHECK_EVERY_MS = 1_000;
const WAIT_SECONDS = 600;

/** Of a command that waits: it has not seen the end of everything. */
export const UNFINISHED = 3;

export interface WaitOptions {
  readonly wait?: boolean;
  readonly timeout: number;
}

export function addStatus(program: Command, api: () => Api): void {
  program
    .command('status')
    .description('show a license request: its state, the result of each license, and its history')
    .argument('<requestId>')
    .option('--wait', 'until it is final')
    .addOption(timeoutOption())
    .action((requestId: string, options: WaitOptions) => show(api(), [requestId], options));
}

/** @param preset in seconds */
export function timeoutOption(preset = WAIT_SECONDS): Option {
  return new Option('--timeout <seconds>', 'with --wait: how long at most')
    .default(preset)
    .argParser((text) => {
      const seconds = Number(text);
      if (!(seconds >= 0 && seconds <= 86_400)) throw new InvalidArgumentError('Say 0 to 86400 seconds.');
      return seconds;
    });
}

/**
 * Prints requests, in their order. With `wait`, each when it is final; what is not when the time is over is printed as
 * it is, and named. The exit code is 2 where one did not succeed, and 3 where one that was waited for is still open.
 */
export async function show(
  api: Api,
  requestIds: readonly string[],
  { wait = false, timeout }: WaitOptions,
): Promise<void> {
  const end = Date.now() + timeout * 1_000;
  const open: ShownRequest[] = [];
  for (const requestId of requestIds) {
    let request = await read(api, requestId);
    let told = '';
    while (wait && !isFinal(request) && Date.now() < end) {
      // On standard error, so that standard output has the result alone; once for each state.
      if (told !== toStateText(request)) say(toStateText(request));
      told = toStateText(request);
      await delay(CHECK_EVERY_MS);
      request = await read(api, requestId);
    }
    print(...toRequestLines(request));
    if (!isFinal(request)) open.push(request);
    else if (request.state !== 'succeeded') process.exitCode = 2;
  }
  if (!wait || open.length === 0) return;
  say(
    `seatline: After ${timeout} s ${open.length} of ${requestIds.length} ${open.length === 1 ? 'is' : 'are'} still open:`,
    ...open.map((request) => `  ${toStateText(request)}`),
    'Each goes on without this command: look at it with seatline status <requestId> --wait.',
  );
  process.exitCode = UNFINISHED;
}

async function read(api: Api, requestId: string): Promise<ShownRequest> {
  const { status, body } = await api.call('GET', `/license-requests/${encodeURIComponent(requestId)}`);
  if (status !== 200) throw toFailure({ status, body });
  return requestSchema.parse(body);
}
