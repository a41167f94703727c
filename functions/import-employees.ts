import { httpFunction } from './http-function.ts';
import { seatline } from './seatline.ts';

httpFunction('import-employees', {
  methods: ['POST'],
  route: 'employees/{source}',
  authLevel: 'function',
  handler: (request, log) => seatline().importEmployees(request.params.source ?? '', request, log),
});
