import { httpFunction } from './http-function.ts';
import { seatline } from './seatline.ts';

httpFunction('read-inventory-file', {
  methods: ['GET'],
  route: 'inventory/latest/{file}',
  authLevel: 'function',
  handler: ({ params }) => seatline().readInventoryFile(params.file ?? ''),
});
