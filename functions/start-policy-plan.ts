import { httpFunction } from './http-function.ts';
import { seatline } from './seatline.ts';

httpFunction('start-policy-plan', {
  methods: ['POST'],
  route: 'policy/plans',
  authLevel: 'function',
  handler: (request) => seatline().startPlan(request),
});
