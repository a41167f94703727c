import { app } from '@azure/functions';
import { QUEUES } from '../src/contract/names.ts';
import { createLog } from '../src/platform/log.ts';
import { seatline } from './seatline.ts';

/** The host owns the acknowledgement. A message whose record fails stays on the poison queue and comes again. */
app.storageQueue('record-poison-message', {
  queueName: QUEUES.licenseRequestsPoison,
  connection: 'AzureWebJobsStorage',
  handler: (message, context) =>
    seatline().recordPoison(message, String(context.triggerMetadata?.id ?? ''), createLog(context)),
});
