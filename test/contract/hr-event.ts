import type { HrEvent } from '../../src/hr/hr-event.ts';

/** An HR event with letters that keys of storage may not have. */
export const event: HrEvent = {
  source: 'hr',
  eventId: 'e-1',
  type: 'employee.joined',
  kind: 'joiner',
  employeeId: 'Ä/7#?',
  email: 'ada@example.com',
  effective: '2026-12-01',
  timeZone: 'Europe/Berlin',
  occurredAt: '2026-11-24T10:00:00Z',
  attributes: { location: 'München' },
};
