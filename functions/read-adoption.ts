import { httpFunction } from './http-function.ts';
import { seatline } from './seatline.ts';

httpFunction('read-adoption', {
  methods: ['GET'],
  route: 'adoptions/{adoptionId}',
  authLevel: 'function',
  handler: ({ params }) => seatline().readAdoption(params.adoptionId ?? ''),
});
