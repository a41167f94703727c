import { app } from '@azure/functions';
import { createLog } from '../src/platform/log.ts';
import { seatline } from './seatline.ts';

app.http('redrive-license-request', {
  methods: ['POST'],
  route: 'license-requests/{requestId}/redrive',
  authLevel: 'function',
  handler: (request, context) =>
    seatline().redrive.one(request.params.requestId ?? '', request, createLog(context)),
});
