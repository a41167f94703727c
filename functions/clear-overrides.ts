import { httpFunction } from './http-function.ts';
import { seatline } from './seatline.ts';

httpFunction('clear-overrides', {
  methods: ['DELETE'],
  route: 'people/{person}/overrides',
  authLevel: 'function',
  handler: (request, log) => seatline().clearOverrides(request.params.person ?? '', request, log),
});
