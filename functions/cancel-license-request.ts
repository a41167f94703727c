import { app } from '@azure/functions';
import { createLog } from '../src/platform/log.ts';
import { seatline } from './seatline.ts';

app.http('cancel-license-request', {
  methods: ['POST'],
  route: 'license-requests/{requestId}/cancel',
  authLevel: 'function',
  handler: (request, context) =>
    seatline().cancel(request.params.requestId ?? '', request, createLog(context)),
});
