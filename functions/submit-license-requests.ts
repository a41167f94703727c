import { app } from '@azure/functions';
import { createLog } from '../src/platform/log.ts';
import { seatline } from './seatline.ts';

app.http('submit-license-requests', {
  methods: ['POST'],
  route: 'license-requests',
  authLevel: 'function',
  handler: (request, context) => seatline().submit(request, createLog(context)),
});
