import { app } from '@azure/functions';
import { createLog } from '../src/platform/log.ts';
import { toDelivery } from '../src/platform/queue-delivery.ts';
import { QUEUES } from '../src/storage/names.ts';
import { seatline } from './seatline.ts';

/**
 * The host owns the acknowledgement: it delivers again where this throws or is killed. The app owns going on: what
 * one invocation leaves is a new message.
 */
app.storageQueue('work-on-inventory-run', {
  queueName: QUEUES.inventoryRuns,
  connection: 'AzureWebJobsStorage',
  handler: (message, context) =>
    seatline().workOnInventoryRun(message, toDelivery(context.triggerMetadata), createLog(context)),
});
