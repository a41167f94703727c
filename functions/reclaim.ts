import { httpFunction } from './http-function.ts';
import { seatline } from './seatline.ts';

httpFunction('reclaim', {
  methods: ['POST'],
  route: 'people/{person}/reclaim',
  authLevel: 'function',
  handler: (request, log) => seatline().reclaim(request.params.person ?? '', request, log),
});
