import { app } from '@azure/functions';
import { toDelivery } from '../src/contract/delivery.ts';
import { QUEUES } from '../src/contract/names.ts';
import { createLog } from '../src/platform/log.ts';
import { seatline } from './seatline.ts';

/** The host owns the acknowledgement. A message whose record fails stays on the poison queue and comes again. */
app.storageQueue('record-poison-message', {
  queueName: QUEUES.licenseRequestsPoison,
  connection: 'AzureWebJobsStorage',
  handler: (message, context) =>
    seatline().recordPoison(message, toDelivery(context.triggerMetadata), createLog(context)),
});
