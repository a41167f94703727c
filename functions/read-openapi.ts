import { httpFunction, routes } from './http-function.ts';
import { seatline } from './seatline.ts';

/** Anonymous: it describes what is registered, and no data of an organization. */
httpFunction('read-openapi', {
  methods: ['GET'],
  route: 'openapi.json',
  authLevel: 'anonymous',
  handler: ({ headers }) => seatline().readOpenApi(routes, headers.get('if-none-match')),
});
