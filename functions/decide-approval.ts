import { httpFunction } from './http-function.ts';
import { seatline } from './seatline.ts';

httpFunction('decide-approval', {
  methods: ['POST'],
  route: 'approvals/{cause}',
  authLevel: 'function',
  handler: (request, log) => seatline().decideCause(request.params.cause ?? '', request, log),
});
