import { expect, test } from '@jest/globals';
import * as z from 'zod';
import { carryOver, isOfEarlierVersion, toPlannedIds } from '../../../src/hr/carry-over.ts';
import { type Employee, employeeSchema } from '../../../src/hr/employee.ts';
import { stateOn, toHistory } from '../../../src/hr/employee-on.ts';
import { newPerson } from '../../../src/hr/person.ts';
import { readRecords } from '../../fixtures/load.ts';

/** What version 0.1.0 recorded of employees, taken over as facts and grants. */
const rows = await readRecords('0.1.0', 'employees');
const employees = rows.map(({ employee }) => employeeSchema.parse(JSON.parse(z.string().parse(employee))));
const find = (employeeId: string): Employee => {
  const found = employees.find((one) => one.employeeId === employeeId);
  if (found === undefined) throw new Error(`no ${employeeId} was recorded`);
  return found;
};
const CATALOGUE = [{ id: 'L1', name: 'Advanced Messaging' }];
const now = new Date('2026-12-01T00:00:00Z');
const toPerson = (employee: Employee) => carryOver(newPerson('key', now), employee, CATALOGUE);
const stateAt = (employee: Employee, at: Date) =>
  toPerson(employee).employees.map(({ facts }) => stateOn(toHistory(facts, 'UTC'), at.getTime()));

test('an employee who had joined is employed, with the licenses that were granted', () => {
  const ken = find('ken');
  expect(isOfEarlierVersion(ken)).toBe(true);
  expect(toPerson(ken).grants).toEqual([{ id: 'L1', by: 'rule' }]);
  expect(stateAt(ken, now)).toEqual(['employed']);
});

test('an event to come is a fact, and the request that was planned for it is named to be cancelled', () => {
  const shafi = find('shafi');
  expect(toPlannedIds(shafi)).toEqual(['hr-85913f1313ff01bc1a60ab2d.1.1']);
  expect(stateAt(shafi, now)).toEqual(['to-come']);
  expect(stateAt(shafi, new Date('2036-02-01T12:00:00Z'))).toEqual(['employed']);
});

test('carried over twice, an employee is there once', () => {
  for (const employee of employees) {
    const once = toPerson(employee);
    expect(carryOver(once, employee, CATALOGUE)).toEqual(once);
  }
});
