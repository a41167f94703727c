import { httpFunction } from './http-function.ts';
import { seatline } from './seatline.ts';

httpFunction('read-person', {
  methods: ['GET'],
  route: 'people/{person}',
  authLevel: 'function',
  handler: ({ params }) => seatline().readPerson(params.person ?? ''),
});
