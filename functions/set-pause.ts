import { httpFunction } from './http-function.ts';
import { seatline } from './seatline.ts';

httpFunction('set-pause', {
  methods: ['PUT'],
  route: 'pause',
  authLevel: 'function',
  handler: (request, log) => seatline().setPause(request, log),
});
