import { httpFunction } from './http-function.ts';
import { seatline } from './seatline.ts';

httpFunction('read-policy-plan-people', {
  methods: ['GET'],
  route: 'policy/plans/{planId}/people',
  authLevel: 'function',
  handler: ({ params, query }) => seatline().readPlanPeople(params.planId ?? '', query),
});
