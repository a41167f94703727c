import { httpFunction } from './http-function.ts';
import { seatline } from './seatline.ts';

httpFunction('read-undo', {
  methods: ['GET'],
  route: 'undo/{undoId}',
  authLevel: 'function',
  handler: ({ params }) => seatline().readUndo(params.undoId ?? ''),
});
