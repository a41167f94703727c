import { app } from '@azure/functions';
import { seatline } from './seatline.ts';

/** With a key: each dependency by name, and what is wrong with it. */
app.http('health-dependencies', {
  methods: ['GET'],
  route: 'health/dependencies',
  authLevel: 'function',
  handler: () => seatline().health(),
});
