import { app } from '@azure/functions';
import { seatline } from './seatline.ts';

app.http('verify-audit', {
  methods: ['GET'],
  route: 'audit/{day}',
  authLevel: 'function',
  handler: ({ params }) => seatline().verifyAudit(params.day ?? ''),
});
