import { httpFunction } from './http-function.ts';
import { seatline } from './seatline.ts';

httpFunction('start-inventory-run', {
  methods: ['POST'],
  route: 'inventory/runs',
  authLevel: 'function',
  handler: (request, log) => seatline().requestInventoryRun(request, log),
});
