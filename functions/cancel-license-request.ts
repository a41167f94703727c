import { httpFunction } from './http-function.ts';
import { seatline } from './seatline.ts';

httpFunction('cancel-license-request', {
  methods: ['POST'],
  route: 'license-requests/{requestId}/cancel',
  authLevel: 'function',
  handler: (request, log) => seatline().cancel(request.params.requestId ?? '', request, log),
});
