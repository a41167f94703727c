import { expect, test } from '@jest/globals';
import { type ForgetDeps, forgetEmployee } from '../../../src/hr/forget-employee.ts';

const at = new Date('2026-10-01T08:00:00Z');

test('an employee of whom events remain is not said to be forgotten, and stays for the next call', async () => {
  const removed: string[] = [];
  const never = () => {
    throw new Error('not to be called');
  };
  const deps = {
    events: {
      list: async () => ({ events: [{}], next: undefined, unreadable: [] }),
      remove: async () => false,
    },
    employees: {
      read: async () => ({ source: 'hr', employeeId: '1', attributes: {}, pending: [], version: 'v1' }),
      remove: async () => removed.push('employee') > 0,
    },
    people: { read: never, write: never, remove: never },
    audit: { append: async () => undefined },
    ...{ clock: () => at, instance: 'one' },
  } as unknown as ForgetDeps;
  const http = {
    url: 'http://127.0.0.1/api/employees/hr/1',
    query: new URLSearchParams({ reason: 'asked for' }),
    headers: new Headers(),
    params: {},
  };
  const log = { info: never, warn: never, error: never };
  const answer = await forgetEmployee(deps, 'hr', '1', http as never, log as never);
  expect(answer.status).toBe(409);
  expect(JSON.stringify(answer)).toContain('call again');
  expect(removed).toEqual([]);
});
