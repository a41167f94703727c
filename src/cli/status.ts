import { setTimeout as delay } from 'node:timers/promises';
import type { Command } from 'commander';
import { type Api, ApiFailure, toProblemText } from './api.ts';
import { isFinal, requestSchema, type ShownRequest, toRequestText } from './request-text.ts';

const LOOK_EVERY_MS = 1_000;
const MAX_WAIT_SECONDS = 600;

export function addStatus(program: Command, api: () => Api): void {
  program
    .command('status')
    .description('show a license request: its state, the result of each license, and its history')
    .argument('<requestId>')
    .option('--wait', `until it is final, at most ${MAX_WAIT_SECONDS} s`)
    .action(async (requestId: string, { wait = false }: { wait?: boolean }) => {
      await show(api(), requestId, wait);
    });
}

/** Prints a request; the exit code is 0 where it succeeded or may yet, 2 where it did not. */
export async function show(api: Api, requestId: string, wait: boolean): Promise<void> {
  let request = await read(api, requestId);
  for (
    let waited = 0;
    wait && !isFinal(request) && waited < MAX_WAIT_SECONDS;
    waited += LOOK_EVERY_MS / 1_000
  ) {
    await delay(LOOK_EVERY_MS);
    request = await read(api, requestId);
  }
  process.stdout.write(`${toRequestText(request)}\n`);
  if (isFinal(request) && request.state !== 'succeeded') process.exitCode = 2;
}

async function read(api: Api, requestId: string): Promise<ShownRequest> {
  const { status, body } = await api.call('GET', `/license-requests/${encodeURIComponent(requestId)}`);
  if (status !== 200) throw new ApiFailure(toProblemText(status, body));
  return requestSchema.parse(body);
}
