import { httpFunction } from './http-function.ts';
import { seatline } from './seatline.ts';

httpFunction('read-person', {
  methods: ['GET'],
  route: 'people/{person}',
  authLevel: 'function',
  handler: ({ params }, log) => seatline().readPerson(params.person ?? '', log),
});
