import { app } from '@azure/functions';
import { QUEUES } from '../src/contract/names.ts';
import { createLog } from '../src/platform/log.ts';
import { seatline } from './seatline.ts';

/** The host owns the acknowledgement. A message whose record fails stays on the poison queue and comes again. */
app.storageQueue('record-poison-message', {
  queueName: QUEUES.licenseRequestsPoison,
  connection: 'AzureWebJobsStorage',
  handler: (message, context) => {
    const { id = '', insertionTime } = context.triggerMetadata ?? {};
    const givenUpAt = new Date(String(insertionTime));
    return seatline().recordPoison(message, String(id), givenUpAt, createLog(context));
  },
});
