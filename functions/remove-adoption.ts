import { httpFunction } from './http-function.ts';
import { seatline } from './seatline.ts';

httpFunction('remove-adoption', {
  methods: ['DELETE'],
  route: 'adoptions/{adoptionId}',
  authLevel: 'function',
  handler: ({ params }) => seatline().removeAdoption(params.adoptionId ?? ''),
});
