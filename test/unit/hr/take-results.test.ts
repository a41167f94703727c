import { describe, expect, test } from '@jest/globals';
import { newPerson, type Person } from '../../../src/hr/person.ts';
import { toBasis } from '../../../src/hr/situation.ts';
import { takeResults, withoutSpent } from '../../../src/hr/take-results.ts';
import { licenseRequestSchema } from '../../../src/requests/license-request.ts';
import { acceptRequest } from '../../../src/requests/record/accept.ts';
import { rejectRecord } from '../../../src/requests/record/decided-record.ts';
import { moveRequest } from '../../../src/requests/record/record.ts';

const at = new Date('2026-11-30T12:00:00Z');
const mover = { at, instance: 'i' };
const request = licenseRequestSchema.parse({
  version: 1,
  person: { email: 'ada@example.com' },
  licenses: [
    { license: 'A', operation: 'add' },
    { license: 'B', operation: 'remove' },
  ],
});
const context = {
  catalogue: [
    { id: 'A', name: 'Messaging' },
    { id: 'B', name: 'Webinars' },
  ],
  policyVersion: 'p1',
  nowMs: at.getTime(),
  gave: () => false,
};
const person: Person = {
  ...newPerson('k', at),
  grants: [{ id: 'B', by: 'rule' }],
  open: { requestId: 'hr-1', request },
};
const record = acceptRequest('hr-1', request, mover, { channel: 'hr' });

describe('a request of the policy that ended without a change', () => {
  test('leaves the removal alone that an operator rejected, and the add to be asked for again', () => {
    const waiting = moveRequest(record, 'queued', mover);
    const by = { channel: 'http' as const };
    const rejected = rejectRecord(waiting, mover, { at, by, reason: 'a mistake of HR' });
    const after = takeResults(person, rejected, context);
    expect(after.open).toBeUndefined();
    expect(after.grants).toEqual(person.grants);
    expect(after.failures).toMatchObject([{ item: 'remove B', reason: 'rejected' }]);
  });

  test('leaves nothing alone where it was only cancelled', () => {
    const cancelled = moveRequest(record, 'cancelled', mover);
    expect(takeResults(person, cancelled, context).failures).toEqual([]);
  });
});

describe('a request of the policy that was cancelled after an attempt that nobody saw the end of', () => {
  const interrupted = {
    ...moveRequest(moveRequest(record, 'queued', mover), 'cancelled', mover),
    mayHaveApplied: true,
  };

  const withRuleFor = (...given: readonly string[]) => ({
    ...context,
    gave: (id: string) => given.includes(id),
  });

  test('has perhaps given a license: it is taken when no rule gives it', () => {
    const { grants } = takeResults(person, interrupted, context);
    expect(grants).toEqual([
      { id: 'B', by: 'rule' },
      { id: 'A', by: 'rule' },
    ]);
  });

  test('has not given a license for sure: it is asked for again where a rule gives it', () => {
    expect(takeResults(person, interrupted, withRuleFor('A')).grants).toEqual(person.grants);
  });

  test('has perhaps taken a license: it is given again where a rule gives it', () => {
    expect(takeResults(person, interrupted, withRuleFor('A', 'B')).grants).toEqual([]);
  });

  test('that failed gave nothing', () => {
    const working = moveRequest(moveRequest(record, 'queued', mover), 'working', mover);
    const failed = { ...moveRequest(working, 'failed', mover), mayHaveApplied: true };
    expect(takeResults(person, failed, context).grants).toEqual(person.grants);
  });

  test('has given nothing where no attempt was interrupted', () => {
    const cancelled = moveRequest(moveRequest(record, 'queued', mover), 'cancelled', mover);
    expect(takeResults(person, cancelled, context).grants).toEqual(person.grants);
  });
});

describe('a failure', () => {
  const facts = Array.from({ length: 1_000 }, (_, index) => ({
    ...{ id: `a long event id of some HR system, ${index}`, kind: 'changed' as const },
    ...{ said: at, attributes: {} },
  }));
  const known: Person = { ...person, employees: [{ source: 'hr', employeeId: '1', facts }] };
  const failed = (of: Person, item: string): Person => ({
    ...of,
    failures: [{ item, reason: 'rejected', basis: toBasis(item, of, 'p1') }],
  });

  test('of a removal is forgotten once HR tells more, and takes no more room for many facts', () => {
    const rejected = failed(known, 'remove B');
    expect(rejected.failures[0]?.basis.length).toBeLessThan(64);
    expect(withoutSpent(rejected, [], 'p1')).toEqual(rejected.failures);
    const [employee] = known.employees;
    const more = { source: 'hr', employeeId: '1', facts: employee?.facts.slice(1) ?? [] };
    expect(withoutSpent({ ...rejected, employees: [more] }, [], 'p1')).toEqual([]);
    expect(withoutSpent(rejected, [], 'p2')).toEqual([]);
  });

  test('of an add is kept under another policy, until the license is no longer desired', () => {
    const refused = failed(known, 'add A');
    expect(withoutSpent(refused, ['A'], 'p2')).toEqual(refused.failures);
    expect(withoutSpent(refused, [], 'p1')).toEqual([]);
  });
});
