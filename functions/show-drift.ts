import { httpFunction } from './http-function.ts';
import { seatline } from './seatline.ts';

httpFunction('show-drift', {
  methods: ['GET'],
  route: 'drift',
  authLevel: 'function',
  handler: () => seatline().showDrift(),
});
