import { httpFunction } from './http-function.ts';
import { seatline } from './seatline.ts';

httpFunction('list-schemas', {
  methods: ['GET'],
  route: 'schemas',
  authLevel: 'anonymous',
  handler: () => seatline().listSchemas(),
});
