import { httpFunction } from './http-function.ts';
import { seatline } from './seatline.ts';

httpFunction('stop-undo', {
  methods: ['DELETE'],
  route: 'undo/{undoId}',
  authLevel: 'function',
  handler: ({ params }, log) => seatline().stopUndo(params.undoId ?? '', log),
});
