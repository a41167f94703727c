import { httpFunction } from './http-function.ts';
import { seatline } from './seatline.ts';

httpFunction('remove-policy-plan', {
  methods: ['DELETE'],
  route: 'policy/plans/{planId}',
  authLevel: 'function',
  handler: ({ params }) => seatline().removePlan(params.planId ?? ''),
});
