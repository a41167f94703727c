import { app } from '@azure/functions';
import { createLog } from '../src/platform/log.ts';
import { toDelivery } from '../src/platform/queue-delivery.ts';
import { QUEUES } from '../src/storage/names.ts';
import { seatline } from './seatline.ts';

/**
 * The host owns the acknowledgement: it deletes the message when this returns, and delivers it again when it
 * throws. The app owns the retries of requests: each is a new message with a delay.
 */
app.storageQueue('perform-license-request', {
  queueName: QUEUES.licenseRequests,
  connection: 'AzureWebJobsStorage',
  handler: (message, context) =>
    seatline().perform(message, toDelivery(context.triggerMetadata), createLog(context)),
});
