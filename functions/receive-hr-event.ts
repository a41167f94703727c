import { httpFunction } from './http-function.ts';
import { seatline } from './seatline.ts';

/** Anonymous to the host: an HR system has no function key, and proves who it is by its signature or token. */
httpFunction('receive-hr-event', {
  methods: ['POST', 'OPTIONS'],
  route: 'hr-events/{source}',
  authLevel: 'anonymous',
  handler: (request, log) => seatline().receiveHrEvent(request.params.source ?? '', request, log),
});
