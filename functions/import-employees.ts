import { app } from '@azure/functions';
import { seatline } from './seatline.ts';

app.http('import-employees', {
  methods: ['POST'],
  route: 'employees/{source}',
  authLevel: 'function',
  handler: (request) => seatline().importEmployees(request.params.source ?? '', request),
});
