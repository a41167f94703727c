import { httpFunction } from './http-function.ts';
import { seatline } from './seatline.ts';

httpFunction('list-license-requests', {
  methods: ['GET'],
  route: 'license-requests',
  authLevel: 'function',
  handler: ({ query }) => seatline().listRequests(query),
});
