import { httpFunction } from './http-function.ts';
import { seatline } from './seatline.ts';

httpFunction('read-adoption-people', {
  methods: ['GET'],
  route: 'adoptions/{adoptionId}/people',
  authLevel: 'function',
  handler: ({ params, query }) => seatline().readAdoptionPeople(params.adoptionId ?? '', query),
});
