import { app } from '@azure/functions';
import { createLog } from '../src/platform/log.ts';
import { toDelivery } from '../src/platform/queue-delivery.ts';
import { QUEUES } from '../src/storage/names.ts';
import { seatline } from './seatline.ts';

/**
 * The host deletes the message when this returns, and delivers it again when this throws. The app retries requests:
 * each retry is a new message with a delay.
 */
app.storageQueue('perform-license-request', {
  queueName: QUEUES.licenseRequests,
  connection: 'AzureWebJobsStorage',
  handler: (message, context) =>
    seatline().perform(message, toDelivery(context.triggerMetadata), createLog(context)),
});
