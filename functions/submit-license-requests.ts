import { httpFunction } from './http-function.ts';
import { seatline } from './seatline.ts';

httpFunction('submit-license-requests', {
  methods: ['POST'],
  route: 'license-requests',
  authLevel: 'function',
  handler: (request, log) => seatline().submit(request, log),
});
