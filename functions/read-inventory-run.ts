import { app } from '@azure/functions';
import { seatline } from './seatline.ts';

app.http('read-inventory-run', {
  methods: ['GET'],
  route: 'inventory/runs/{runId}',
  authLevel: 'function',
  handler: ({ params }) => seatline().inventoryHttp.read(params.runId ?? ''),
});
