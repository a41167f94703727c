import { QueueServiceClient } from '@azure/storage-queue';
import { beforeAll, describe, expect, test } from '@jest/globals';
import fetch from 'node-fetch';
import { LOCAL_FUNCTION_KEY, type Stack, startStack } from '../../infra/local/stack.ts';
import { QUEUES } from '../../src/contract/names.ts';
import { toRequestId } from '../../src/ledger/accept.ts';
import { createParts } from '../parts.ts';
import { until } from './until.ts';

/** What comes in over HTTP and the queue, at the built app under the local host. */
let stack: Stack;
const logged: string[] = [];

const started = createParts();
beforeAll(async () => {
  stack = await started(startStack({ onLog: ({ message }) => logged.push(message) }));
}, 60_000);

const key = { 'x-functions-key': LOCAL_FUNCTION_KEY };
async function read(requestId: string) {
  const response = await fetch(`${stack.apiUrl}/license-requests/${requestId}`, { headers: key });
  return response.status === 200 ? JSON.parse(await response.text()) : undefined;
}
const queue = () =>
  QueueServiceClient.fromConnectionString(stack.azurite.connectionString).getQueueClient(
    QUEUES.licenseRequests,
  );
const asks = (more: object = {}) => ({
  version: 1,
  person: { email: 'ada@example.com' },
  licenses: [{ license: 'Advanced Messaging' }],
  ...more,
});

/** Drops a message on the queue. @returns the id that it has in the log where it brings none */
async function drop(message: object): Promise<string> {
  const text = JSON.stringify(message);
  const { messageId } = await queue().sendMessage(text);
  return toRequestId(messageId, text);
}
const failureOf = async (requestId: string) => {
  const record = await until(`the end of ${requestId}`, async () => {
    const found = await read(requestId);
    return found?.state === 'failed' ? found : undefined;
  });
  return record.failure;
};

describe('a message on the queue', () => {
  test('that is a request with a member "due" is a dead letter that names this member', async () => {
    expect(await failureOf(await drop(asks({ due: '2026-12-01' })))).toMatchObject({
      condition: 'invalid-message',
      errors: [{ pointer: '', detail: 'has unknown members: due' }],
    });
  });

  test('of a newer version is put back as it is, and is no dead letter', async () => {
    const id = await drop({ ...asks(), version: 2, persons: [] });
    await until('the line in the log', () =>
      logged.find((line) => line.includes('message-of-newer-version')),
    );
    expect(await read(id)).toBeUndefined();
    const { approximateMessagesCount } = await queue().getProperties();
    expect(approximateMessagesCount).toBe(1);
  });
});
