import { httpFunction } from './http-function.ts';
import { seatline } from './seatline.ts';

httpFunction('cancel-batch', {
  methods: ['POST'],
  route: 'batches/{batch}/cancel',
  authLevel: 'function',
  handler: (request, log) => seatline().cancelBatch(request.params.batch ?? '', request, log),
});
