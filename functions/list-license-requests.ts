import { app } from '@azure/functions';
import { seatline } from './seatline.ts';

app.http('list-license-requests', {
  methods: ['GET'],
  route: 'license-requests',
  authLevel: 'function',
  handler: ({ query }) => seatline().listRequests(query),
});
