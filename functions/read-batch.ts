import { httpFunction } from './http-function.ts';
import { seatline } from './seatline.ts';

httpFunction('read-batch', {
  methods: ['GET'],
  route: 'batches/{batch}',
  authLevel: 'function',
  handler: ({ params }) => seatline().readBatch(params.batch ?? ''),
});
