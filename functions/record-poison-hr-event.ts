import { app } from '@azure/functions';
import { toDelivery } from '../src/contract/delivery.ts';
import { QUEUES } from '../src/contract/names.ts';
import { createLog } from '../src/platform/log.ts';
import { seatline } from './seatline.ts';

/** The host owns the acknowledgement. */
app.storageQueue('record-poison-hr-event', {
  queueName: QUEUES.hrEventsPoison,
  connection: 'AzureWebJobsStorage',
  handler: (message, context) =>
    seatline().recordHrPoison(message, toDelivery(context.triggerMetadata), createLog(context)),
});
