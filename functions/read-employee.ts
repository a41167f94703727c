import { httpFunction } from './http-function.ts';
import { seatline } from './seatline.ts';

httpFunction('read-employee', {
  methods: ['GET'],
  route: 'employees/{source}/{employeeId}',
  authLevel: 'function',
  handler: ({ params }, log) => seatline().readEmployee(params.source ?? '', params.employeeId ?? '', log),
});
