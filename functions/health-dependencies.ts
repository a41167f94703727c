import { httpFunction } from './http-function.ts';
import { seatline } from './seatline.ts';

/** With a key: the finding for each dependency. */
httpFunction('health-dependencies', {
  methods: ['GET'],
  route: 'health/dependencies',
  authLevel: 'function',
  handler: () => seatline().health(),
});
