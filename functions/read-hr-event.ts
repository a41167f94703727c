import { httpFunction } from './http-function.ts';
import { seatline } from './seatline.ts';

/** The member of its path has the same name as that of webhooks: in a description, the two are one path. */
httpFunction('read-hr-event', {
  methods: ['GET'],
  route: 'hr-events/{name}',
  authLevel: 'function',
  handler: ({ params }) => seatline().readHrEvent(params.name ?? ''),
});
