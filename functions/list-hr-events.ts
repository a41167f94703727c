import { httpFunction } from './http-function.ts';
import { seatline } from './seatline.ts';

httpFunction('list-hr-events', {
  methods: ['GET'],
  route: 'hr-events/{eventKey?}',
  authLevel: 'function',
  handler: ({ params, query }) => {
    const { read, list } = seatline().hrEvents;
    return params.eventKey === undefined ? list(query) : read(params.eventKey);
  },
});
