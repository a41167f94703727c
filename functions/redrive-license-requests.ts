import { httpFunction } from './http-function.ts';
import { seatline } from './seatline.ts';

httpFunction('redrive-license-requests', {
  methods: ['POST'],
  route: 'license-requests/redrive',
  authLevel: 'function',
  handler: (request, log) => seatline().redriveMatching(request, log),
});
