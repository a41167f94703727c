import { httpFunction } from './http-function.ts';
import { seatline } from './seatline.ts';

httpFunction('list-locations', {
  methods: ['GET'],
  route: 'locations',
  authLevel: 'function',
  handler: () => seatline().listLocations(),
});
