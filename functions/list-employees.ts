import { httpFunction } from './http-function.ts';
import { seatline } from './seatline.ts';

httpFunction('list-employees', {
  methods: ['GET'],
  route: 'employees',
  authLevel: 'function',
  handler: ({ query }) => seatline().listEmployees(query),
});
