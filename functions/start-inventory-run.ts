import { app } from '@azure/functions';
import { createLog } from '../src/platform/log.ts';
import { seatline } from './seatline.ts';

app.http('start-inventory-run', {
  methods: ['POST'],
  route: 'inventory/runs',
  authLevel: 'function',
  handler: (request, context) => seatline().inventoryHttp.start(request, createLog(context)),
});
