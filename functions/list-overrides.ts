import { httpFunction } from './http-function.ts';
import { seatline } from './seatline.ts';

httpFunction('list-overrides', {
  methods: ['GET'],
  route: 'people/{person}/overrides',
  authLevel: 'function',
  handler: ({ params }, log) => seatline().listOverrides(params.person ?? '', log),
});
