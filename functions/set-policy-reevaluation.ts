import { httpFunction } from './http-function.ts';
import { seatline } from './seatline.ts';

httpFunction('set-policy-reevaluation', {
  methods: ['PUT'],
  route: 'policy/reevaluation',
  authLevel: 'function',
  handler: (request, log) => seatline().setReevaluation(request, log),
});
