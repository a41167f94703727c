import { QueueServiceClient } from '@azure/storage-queue';
import { beforeAll, beforeEach, expect, test } from '@jest/globals';
import fetch from 'node-fetch';
import {
  LOCAL_FUNCTION_KEY,
  LOCAL_MASTER_KEY,
  LOCAL_TOKEN,
  type StackOptions,
} from '../../infra/local/stack.ts';
import { requestSchema, type ShownRequest } from '../../src/cli/request-text.ts';
import { createStorageClients } from '../../src/storage/clients.ts';
import { QUEUES } from '../../src/storage/names.ts';
import { createTableRequestStore } from '../../src/storage/tables/request-store.ts';
import { createParts } from '../parts.ts';
import { type AppStack, startApp } from './start-app.ts';
import { until } from './until.ts';

export const key = { 'x-functions-key': LOCAL_FUNCTION_KEY };
export const json = { ...key, 'content-type': 'application/json' };

/** A license request of one license, for one person. */
export const wants = (requestId: string | undefined, email = 'ada@example.com', more: object = {}) => ({
  ...(requestId && { requestId }),
  person: { email },
  licenses: [{ license: 'Advanced Messaging' }],
  ...more,
});

/**
 * The built app under the local host, on real storage and the simulator. It starts before the first test of the file and
 * stops after the last; each test begins with a simulator as new.
 */
export function useApp(options: StackOptions = {}) {
  let running: AppStack | undefined;
  const logged: string[] = [];
  const started = createParts();
  const stack = (): AppStack => {
    if (running === undefined) throw new Error('The app runs in tests alone');
    return running;
  };
  const simulator = () => stack().simulator;
  beforeAll(async () => {
    running = await started(startApp({ ...options, onLog: ({ message }) => logged.push(message) }));
  });
  beforeEach(() => simulator().reset());

  const storage = () =>
    createStorageClients({ kind: 'connection-string', connectionString: stack().azurite.connectionString });

  async function post(body: unknown, headers: Record<string, string> = json, url = stack().apiUrl) {
    const text = typeof body === 'string' || body instanceof Buffer ? body : JSON.stringify(body);
    const response = await fetch(`${url}/license-requests`, { method: 'POST', headers, body: text });
    const answer = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      body: answer ? JSON.parse(answer) : undefined,
    };
  }

  async function get(requestId: string, headers: Record<string, string> = key) {
    const response = await fetch(`${stack().apiUrl}/license-requests/${requestId}`, { headers });
    const text = await response.text();
    return {
      status: response.status,
      etag: response.headers.get('etag') ?? '',
      body: text ? JSON.parse(text) : undefined,
    };
  }

  return {
    stack,
    simulator,
    /** All messages of the host's log so far. */
    logged,
    storage,
    requestStore: () => createTableRequestStore(storage(), 86_400_000),
    queue: (name: string = QUEUES.licenseRequests) =>
      QueueServiceClient.fromConnectionString(stack().azurite.connectionString).getQueueClient(name),
    post,
    get,
    waitForState: (requestId: string, ...states: string[]): Promise<ShownRequest> =>
      until(`${requestId} in ${states}`, async () => {
        const { status, body } = await get(requestId);
        return status === 200 && states.includes(body.state) ? requestSchema.parse(body) : undefined;
      }),
    cancel: (requestId: string) =>
      fetch(`${stack().apiUrl}/license-requests/${requestId}/cancel`, { method: 'POST', headers: key }),
    /** Runs a function now that a timer would run later. */
    run: (name: string) =>
      fetch(`${stack().host.url}/admin/functions/${name}`, {
        method: 'POST',
        headers: { 'x-functions-key': LOCAL_MASTER_KEY },
        body: '{}',
      }),
    /** How often Webex was asked to change this person, by requests that name no other license. */
    countPatches: (email: string) =>
      simulator()
        .requests()
        .filter(({ method, body }) => method === 'PATCH' && JSON.stringify(body).includes(`"${email}"`))
        .length,
  };
}

/** The last test of a file: no line of the log names a person, a key or a token. */
export function testPrivateLog(logged: readonly string[]): void {
  test('the log has no address, key or token in any line', () => {
    expect(logged.length).toBeGreaterThan(10);
    const secrets = ['@example.com', LOCAL_TOKEN, LOCAL_FUNCTION_KEY];
    expect(logged.filter((line) => secrets.some((secret) => line.includes(secret)))).toEqual([]);
  });
}
