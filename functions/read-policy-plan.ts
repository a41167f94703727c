import { httpFunction } from './http-function.ts';
import { seatline } from './seatline.ts';

httpFunction('read-policy-plan', {
  methods: ['GET'],
  route: 'policy/plans/{planId}',
  authLevel: 'function',
  handler: ({ params }) => seatline().readPlan(params.planId ?? ''),
});
