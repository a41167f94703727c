import { httpFunction } from './http-function.ts';
import { seatline } from './seatline.ts';

httpFunction('read-license', {
  methods: ['GET'],
  route: 'licenses/{license}',
  authLevel: 'function',
  handler: ({ params }) => seatline().readLicense(params.license ?? ''),
});
