import { httpFunction } from './http-function.ts';
import { seatline } from './seatline.ts';

httpFunction('read-policy', {
  methods: ['GET'],
  route: 'policy',
  authLevel: 'function',
  handler: (_request, log) => seatline().showPolicy(log),
});
