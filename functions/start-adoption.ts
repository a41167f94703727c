import { httpFunction } from './http-function.ts';
import { seatline } from './seatline.ts';

httpFunction('start-adoption', {
  methods: ['POST'],
  route: 'adoptions',
  authLevel: 'function',
  handler: (request, log) => seatline().startAdoption(request, log),
});
