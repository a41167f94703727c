import { httpFunction } from './http-function.ts';
import { seatline } from './seatline.ts';

httpFunction('start-undo', {
  methods: ['POST'],
  route: 'undo',
  authLevel: 'function',
  handler: (request, log) => seatline().startUndo(request, log),
});
