import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { sendWebhook, signStandard } from '../../infra/local/hr-senders.ts';
import { LOCAL_FUNCTION_KEY, type Stack, startStack } from '../../infra/local/stack.ts';
import { until } from '../flow/until.ts';
import { buildRecordedApp } from './recorded-build.ts';

/** What one invocation of a function executed, on real parts, once the process is warm. */
export interface Walk {
  readonly title: string;
  readonly name: string;
  /** Files of `src/` and `functions/`, in the order in which they were first entered. */
  readonly files: readonly string[];
}

const recordSchema = z.object({ name: z.string(), files: z.array(z.string()) });
const stateSchema = z.object({ state: z.string() });

const PERSON = 'ada@example.com';
/** Entered where a person is looked at, and where an event is kept. */
const LOOKED = 'src/hr/reconcile-employee.ts';
const KEPT = 'src/hr/keep-fact.ts';
const DONE = ['succeeded', 'applied', 'complete', 'failed', 'partial', 'ignored', 'incomplete'];

/**
 * Builds the app with a record of the functions that it enters, and lets it do each kind of work twice. The second
 * time tells: by then all parts are loaded.
 * @param root the repository
 */
export async function takeWalks(root: string): Promise<readonly Walk[]> {
  const appDirectory = await buildRecordedApp(root);
  const walkFile = join(appDirectory, 'walks.ndjson');
  await rm(walkFile, { force: true });
  const stack = await startStack({ appDirectory, settings: { WALK_FILE: walkFile } });
  try {
    /**
     * The walk of a function's second invocation, whose record is written when it returns.
     * @param isMeant whether an invocation is of the kind that is meant, by the files that it entered
     */
    const secondOf = (title: string, name: string, isMeant = (_: readonly string[]) => true): Promise<Walk> =>
      until(`The second return of ${name}`, async () => {
        const records = (await readRecords(walkFile)).filter(
          (record) => record.name === name && isMeant(record.files),
        );
        const record = records[1];
        return record && { title, ...record };
      });
    await submit(stack, 'add');
    await submit(stack, 'remove');
    const request = [
      await secondOf('A license request arrives by HTTP', 'submit-license-requests'),
      await secondOf('The worker performs it', 'perform-license-request'),
    ];
    await sendHrEvent(stack, 'joiner', 'IT');
    await until(
      'What became of the request of the joiner',
      async () =>
        (await readRecords(walkFile)).some(
          ({ name, files }) => name === 'apply-hr-event' && files.includes(LOOKED) && !files.includes(KEPT),
        ) || undefined,
    );
    await sendHrEvent(stack, 'mover', 'Sales');
    const hr = [
      await secondOf('An HR webhook arrives', 'receive-hr-event'),
      await secondOf('The HR event is applied', 'apply-hr-event', (files) => files.includes(KEPT)),
    ];
    await runInventory(stack);
    await runInventory(stack);
    return [...request, ...hr, await secondOf('An inventory run publishes', 'work-on-inventory-run')];
  } finally {
    await stack.stop();
  }
}

async function readRecords(walkFile: string) {
  const lines = (await readFile(walkFile, 'utf8')).trimEnd().split('\n');
  return lines.map((line) => recordSchema.parse(JSON.parse(line)));
}

async function submit(stack: Stack, operation: 'add' | 'remove'): Promise<void> {
  const licenses = [{ license: 'Advanced Messaging', operation }];
  const { requestId } = z
    .object({ requestId: z.string() })
    .parse(await call(stack, 'license-requests', { person: { email: PERSON }, licenses }));
  await ended(stack, `license-requests/${requestId}`);
}

async function sendHrEvent(stack: Stack, type: 'joiner' | 'mover', department: string): Promise<void> {
  const event = { type, employee: { id: '1', email: PERSON }, attributes: { department } };
  const { status, eventKey } = await sendWebhook(stack.apiUrl, signStandard(event, new Date()));
  if (eventKey === undefined) throw new Error(`The webhook was answered ${status}`);
  await ended(stack, `hr-events/${eventKey}`);
}

async function runInventory(stack: Stack): Promise<void> {
  const { runId } = z
    .object({ runId: z.string() })
    .parse(await call(stack, 'inventory/runs', { force: true }));
  await ended(stack, `inventory/runs/${runId}`);
}

async function call(stack: Stack, path: string, body?: object): Promise<unknown> {
  const headers = { 'x-functions-key': LOCAL_FUNCTION_KEY, 'content-type': 'application/json' };
  const sent = body ? { method: 'POST', body: JSON.stringify(body) } : {};
  const answer = await fetch(`${stack.apiUrl}/${path}`, { headers, ...sent });
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return answer.json();
}

const ended = (stack: Stack, path: string) =>
  until(`The end of ${path}`, async () => {
    const { state } = stateSchema.parse(await call(stack, path));
    return DONE.includes(state) ? state : undefined;
  });
