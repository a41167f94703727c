import * as z from 'zod';
import { type Api, RefusedCall } from './api.ts';
import { FAILED } from './exit-codes.ts';
import { hrEventSchema, type ShownHrEvent, toHrEventLines } from './hr-text.ts';
import { printAs } from './json-output.ts';
import { FINAL } from './request-text.ts';

/** An event has one request, or few. */
const MAX_REQUESTS = 20;

/** As `--json` prints it. */
export const hrEventAnswerSchema = hrEventSchema.extend({
  /** The states of its requests by their ids. */
  requests: z.record(z.string(), z.string()),
});

const stateSchema = z.object({ state: z.string() });

/** An event, and the states of its requests by their ids. */
export interface ReadHrEvent {
  readonly shown: ShownHrEvent;
  readonly requests: ReadonlyMap<string, string>;
}

export async function readHrEvent(api: Api, eventKey: string): Promise<ReadHrEvent> {
  const shown = await api.get(`/hr-events/${encodeURIComponent(eventKey)}`, hrEventSchema);
  const requests = new Map<string, string>();
  for (const requestId of shown.requestIds.slice(0, MAX_REQUESTS))
    requests.set(requestId, await readState(api, requestId));
  return { shown, requests };
}

/** Prints an event. The exit code is 1 where it failed, or a request of it did not succeed. */
export function printHrEvent({ shown, requests }: ReadHrEvent, { json }: { json?: true } = {}): void {
  printAs({ json }, { ...shown, requests: Object.fromEntries(requests) }, () =>
    toHrEventLines(shown, requests),
  );
  const hasFailed = [...requests.values()].some((state) => FINAL.has(state) && state !== 'succeeded');
  if (shown.state === 'failed' || hasFailed) process.exitCode = FAILED;
}

async function readState(api: Api, requestId: string): Promise<string> {
  try {
    return (await api.get(`/license-requests/${encodeURIComponent(requestId)}`, stateSchema)).state;
  } catch (error) {
    if (error instanceof RefusedCall && error.status === 404) return 'not kept any more';
    throw error;
  }
}
