import { httpFunction } from './http-function.ts';
import { seatline } from './seatline.ts';

httpFunction('verify-audit', {
  methods: ['GET'],
  route: 'audit/{day}',
  authLevel: 'function',
  handler: ({ params }) => seatline().verifyAudit(params.day ?? ''),
});
