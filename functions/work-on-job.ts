import { app } from '@azure/functions';
import { createLog } from '../src/platform/log.ts';
import { toDelivery } from '../src/platform/queue-delivery.ts';
import { QUEUES } from '../src/storage/names.ts';
import { seatline } from './seatline.ts';

/** The host delivers the message again when this throws or is killed. The app sends a new message for the rest of the job. */
app.storageQueue('work-on-job', {
  queueName: QUEUES.jobs,
  connection: 'AzureWebJobsStorage',
  handler: (message, context) =>
    seatline().workOnJob(message, toDelivery(context.triggerMetadata), createLog(context)),
});
