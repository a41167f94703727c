import { httpFunction } from './http-function.ts';
import { seatline } from './seatline.ts';

httpFunction('preview-license-requests', {
  methods: ['POST'],
  route: 'license-requests/preview',
  authLevel: 'function',
  handler: (request) => seatline().preview(request),
});
