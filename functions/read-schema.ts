import { httpFunction } from './http-function.ts';
import { seatline } from './seatline.ts';

httpFunction('read-schema', {
  methods: ['GET'],
  route: 'schemas/{name}',
  authLevel: 'anonymous',
  handler: ({ params }) => seatline().readSchema(params.name ?? ''),
});
