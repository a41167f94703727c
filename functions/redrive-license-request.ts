import { httpFunction } from './http-function.ts';
import { seatline } from './seatline.ts';

httpFunction('redrive-license-request', {
  methods: ['POST'],
  route: 'license-requests/{requestId}/redrive',
  authLevel: 'function',
  handler: (request, log) => seatline().redriveRequest(request.params.requestId ?? '', request, log),
});
