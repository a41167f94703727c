import { httpFunction } from './http-function.ts';
import { seatline } from './seatline.ts';

httpFunction('list-hr-events', {
  methods: ['GET'],
  route: 'hr-events/{eventKey?}',
  authLevel: 'function',
  handler: ({ params, query }) => {
    const { readHrEvent, listHrEvents } = seatline();
    return params.eventKey === undefined ? listHrEvents(query) : readHrEvent(params.eventKey);
  },
});
