import { app } from '@azure/functions';
import { seatline } from './seatline.ts';

app.http('read-license-request', {
  methods: ['GET'],
  route: 'license-requests/{requestId}',
  authLevel: 'function',
  handler: (request) =>
    seatline().readRequest(request.params.requestId ?? '', request.headers.get('if-none-match')),
});
