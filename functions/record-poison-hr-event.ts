import { app } from '@azure/functions';
import { QUEUES } from '../src/contract/names.ts';
import { createLog } from '../src/platform/log.ts';
import { seatline } from './seatline.ts';

/** The host owns the acknowledgement. */
app.storageQueue('record-poison-hr-event', {
  queueName: QUEUES.hrEventsPoison,
  connection: 'AzureWebJobsStorage',
  handler: (message, context) => seatline().recordHrPoison(message, createLog(context)),
});
