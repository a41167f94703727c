import { httpFunction } from './http-function.ts';
import { seatline } from './seatline.ts';

httpFunction('read-inventory-run', {
  methods: ['GET'],
  route: 'inventory/runs/{runId}',
  authLevel: 'function',
  handler: ({ params }) => seatline().readInventoryRun(params.runId ?? ''),
});
