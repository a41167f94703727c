import { httpFunction } from './http-function.ts';
import { seatline } from './seatline.ts';

/** Anonymous for the host: an HR system has no function key, and authenticates by a signature or token. */
httpFunction('receive-hr-event', {
  methods: ['POST', 'OPTIONS'],
  route: 'hr-events/{name}',
  authLevel: 'anonymous',
  handler: (request, log) => seatline().receiveHrEvent(request.params.name ?? '', request, log),
});
