import { httpFunction } from './http-function.ts';
import { seatline } from './seatline.ts';

/** With a key: each dependency by name, and what is wrong with it. */
httpFunction('health-dependencies', {
  methods: ['GET'],
  route: 'health/dependencies',
  authLevel: 'function',
  handler: () => seatline().health(),
});
