import { httpFunction } from './http-function.ts';
import { seatline } from './seatline.ts';

httpFunction('list-license-users', {
  methods: ['GET'],
  route: 'licenses/{license}/users',
  authLevel: 'function',
  handler: ({ params, query }) => seatline().listLicenseUsers(params.license ?? '', query),
});
