import { httpFunction } from './http-function.ts';
import { seatline } from './seatline.ts';

httpFunction('list-approvals', {
  methods: ['GET'],
  route: 'approvals',
  authLevel: 'function',
  handler: () => seatline().listApprovals(),
});
