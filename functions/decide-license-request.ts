import { httpFunction } from './http-function.ts';
import { seatline } from './seatline.ts';

httpFunction('decide-license-request', {
  methods: ['POST'],
  route: 'license-requests/{requestId}/approval',
  authLevel: 'function',
  handler: (request, log) => seatline().decideOne(request.params.requestId ?? '', request, log),
});
