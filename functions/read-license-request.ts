import { httpFunction } from './http-function.ts';
import { seatline } from './seatline.ts';

httpFunction('read-license-request', {
  methods: ['GET'],
  route: 'license-requests/{requestId}',
  authLevel: 'function',
  handler: (request) =>
    seatline().readRequest(request.params.requestId ?? '', request.headers.get('if-none-match')),
});
