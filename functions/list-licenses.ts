import { httpFunction } from './http-function.ts';
import { seatline } from './seatline.ts';

httpFunction('list-licenses', {
  methods: ['GET'],
  route: 'licenses',
  authLevel: 'function',
  handler: () => seatline().listLicenses(),
});
