import { httpFunction } from './http-function.ts';
import { seatline } from './seatline.ts';

httpFunction('read-undo-changes', {
  methods: ['GET'],
  route: 'undo/{undoId}/changes',
  authLevel: 'function',
  handler: ({ params, query }) => seatline().readUndoChanges(params.undoId ?? '', query),
});
