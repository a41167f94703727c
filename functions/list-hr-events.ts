import { httpFunction } from './http-function.ts';
import { seatline } from './seatline.ts';

httpFunction('list-hr-events', {
  methods: ['GET'],
  route: 'hr-events',
  authLevel: 'function',
  handler: ({ query }) => seatline().listHrEvents(query),
});
