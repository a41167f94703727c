/**
 * The floor of the intake: a function in the same place, with one row and one message for each request, durable before
 * its 202, and no check at all.
 */
import { randomUUID } from 'node:crypto';
import { TableClient } from '@azure/data-tables';
import { app } from '@azure/functions';
import { QueueClient } from '@azure/storage-queue';
import { QUEUES, TABLES } from '../../../src/storage/names.ts';

const connection = process.env.AzureWebJobsStorage ?? '';
const table = TableClient.fromConnectionString(connection, TABLES.requests, {
  allowInsecureConnection: true,
});
const queue = new QueueClient(connection, QUEUES.licenseRequests);

app.http('submit-license-requests', {
  methods: ['POST'],
  route: 'license-requests',
  handler: async (request) => {
    const requestId = randomUUID();
    await table.createEntity({
      partitionKey: requestId.slice(0, 1),
      rowKey: requestId,
      state: 'accepted',
      record: await request.text(),
    });
    await queue.sendMessage(JSON.stringify({ version: 1, requestId }));
    return { status: 202, jsonBody: { requestId, state: 'accepted' } };
  },
});
