import { httpFunction } from './http-function.ts';
import { seatline } from './seatline.ts';

httpFunction('forget-employee', {
  methods: ['DELETE'],
  route: 'employees/{source}/{employeeId}',
  authLevel: 'function',
  handler: (request, log) => {
    const { source = '', employeeId = '' } = request.params;
    return seatline().forgetEmployee(source, employeeId, request, log);
  },
});
