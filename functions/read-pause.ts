import { httpFunction } from './http-function.ts';
import { seatline } from './seatline.ts';

httpFunction('read-pause', {
  methods: ['GET'],
  route: 'pause',
  authLevel: 'function',
  handler: () => seatline().readPause(),
});
