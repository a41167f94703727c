import { httpFunction } from './http-function.ts';
import { seatline } from './seatline.ts';

httpFunction('list-drift', {
  methods: ['GET'],
  route: 'drift/people',
  authLevel: 'function',
  handler: ({ query }) => seatline().listDrift(query),
});
