import { app } from '@azure/functions';
import { createLog } from '../src/platform/log.ts';
import { seatline } from './seatline.ts';

app.http('redrive-license-requests', {
  methods: ['POST'],
  route: 'license-requests/redrive',
  authLevel: 'function',
  handler: (request, context) => seatline().redrive.all(request, createLog(context)),
});
