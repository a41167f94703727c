import { app } from '@azure/functions';
import { createLog } from '../src/platform/log.ts';
import { toDelivery } from '../src/platform/queue-delivery.ts';
import { QUEUES } from '../src/storage/names.ts';
import { seatline } from './seatline.ts';

/** The host acknowledges the message, and delivers it again when this throws. The app retries HR events later. */
app.storageQueue('apply-hr-event', {
  queueName: QUEUES.hrEvents,
  connection: 'AzureWebJobsStorage',
  handler: (message, context) =>
    seatline().applyHrEvent(message, toDelivery(context.triggerMetadata), createLog(context)),
});
