import { app } from '@azure/functions';
import { createLog } from '../src/platform/log.ts';
import { seatline } from './seatline.ts';

/** Anonymous to the host: an HR system has no function key, and proves who it is by its signature or token. */
app.http('receive-hr-event', {
  methods: ['POST', 'OPTIONS'],
  route: 'hr-events/{source}',
  authLevel: 'anonymous',
  handler: (request, context) =>
    seatline().receiveHrEvent(request.params.source ?? '', request, createLog(context)),
});
