import { describe, expect, test } from '@jest/globals';
import { type Employee, newEmployee } from '../../../src/hr/employee.ts';
import type { HrEvent } from '../../../src/hr/hr-event.ts';
import { createResolveEmployee, type HrProfile } from '../../../src/hr/resolve.ts';
import { parseSources } from '../../../src/hr/sources/sources.ts';

const sources = parseSources('{"hr":{"preset":"bamboohr","secrets":["12345678"]}}');
const source = typeof sources === 'string' ? undefined : sources.get('hr');
if (source === undefined) throw new Error('no source');
const updated: HrEvent = {
  source: 'hr',
  eventId: 'e',
  type: 'employee.updated',
  kind: 'mover',
  employeeId: '7',
  occurredAt: '2026-11-24T12:00:00Z',
  attributes: {},
};
const active: HrProfile = {
  email: 'Ada@example.com',
  status: 'Active',
  startsOn: '2020-01-01',
  endsOn: '0000-00-00',
  attributes: { department: 'Sales', division: null },
};
const receivedAt = new Date('2026-11-24T12:00:30Z');
const nobody = newEmployee('hr', '7');
const pending = (kind: HrEvent['kind'], at: string): Employee => ({
  ...nobody,
  pending: [{ eventKey: 'k', at: new Date(at), event: { ...updated, kind } }],
});
const left: Employee = { ...nobody, last: { at: new Date('2026-11-01T00:00:00Z'), kind: 'leaver' } };

describe('an event that says no more than "updated"', () => {
  test.each<[string, Partial<HrProfile>, Employee | undefined, HrEvent['kind'], string | undefined]>([
    ['of somebody who is employed is a mover', {}, undefined, 'mover', undefined],
    ['of somebody with a last day is a leaver', { endsOn: '2026-12-31' }, nobody, 'leaver', '2026-12-31'],
    ['of somebody inactive is a leaver', { status: 'Inactive' }, nobody, 'leaver', undefined],
    ['before the first day is a joiner', { startsOn: '2026-12-15' }, undefined, 'joiner', '2026-12-15'],
    [
      'before the first day is a joiner, inactive until then',
      { startsOn: '2026-12-15', status: 'Inactive' },
      undefined,
      'joiner',
      '2026-12-15',
    ],
    [
      'moves the first day that was to come',
      { startsOn: '2026-11-20' },
      pending('joiner', '2026-12-01T00:00:00Z'),
      'joiner',
      '2026-11-20',
    ],
    [
      'withdraws a last day that was to come, and is no more',
      {},
      pending('leaver', '2026-12-01T00:00:00Z'),
      'withdrawn',
      undefined,
    ],
    [
      'withdraws no last day of which HR does not tell',
      { endsOn: undefined },
      pending('leaver', '2026-12-01T00:00:00Z'),
      'mover',
      undefined,
    ],
    [
      'withdraws no last day for one that is past',
      { endsOn: '2022-06-30' },
      pending('leaver', '2026-12-01T00:00:00Z'),
      'mover',
      undefined,
    ],
    [
      'moves the last day that was to come',
      { endsOn: '2027-01-31' },
      pending('leaver', '2026-12-01T00:00:00Z'),
      'leaver',
      '2027-01-31',
    ],
    [
      'is a joiner where somebody who left has come back',
      { startsOn: '2026-11-20' },
      left,
      'joiner',
      '2026-11-20',
    ],
    ['is a joiner where HR has somebody active again', {}, left, 'joiner', undefined],
    [
      'is no joiner where HR does not say that they are back',
      { status: undefined },
      left,
      'mover',
      undefined,
    ],
    [
      'is no leaver by the last day of an earlier employment',
      { startsOn: '2026-11-20', endsOn: '2026-10-31' },
      nobody,
      'mover',
      undefined,
    ],
  ])('%s', async (_what, more, known, kind, effective) => {
    const resolve = createResolveEmployee(async () => ({ ...active, ...more }));
    const event = await resolve(source, updated, known, receivedAt);
    expect(event).toMatchObject({ kind, email: 'ada@example.com', attributes: { department: 'Sales' } });
    expect(event?.effective).toBe(effective);
  });
});

test('a whole record that is sent withdraws a last day to come as one that is asked for', async () => {
  const record: HrEvent = {
    ...updated,
    email: 'ada@example.com',
    employment: { status: 'ACTIVE', endsOn: null },
  };
  const resolve = createResolveEmployee(() => Promise.reject(new Error('nobody is asked')));
  const known = pending('leaver', '2026-12-01T00:00:00Z');
  expect(await resolve(source, record, known, receivedAt)).toMatchObject({ kind: 'withdrawn' });
});

test('an employment whose dates cannot be read cannot be acted on', async () => {
  const resolve = createResolveEmployee(async () => ({ ...active, endsOn: '31/12/2026' }));
  const event = await resolve(source, updated, undefined, receivedAt);
  expect(event.failure).toContain('last day');
});

test('an address of the HR system that is none leaves the one of the directory, and says so', async () => {
  const resolve = createResolveEmployee(async () => ({ ...active, email: 'ada at example.com' }));
  const known = { ...nobody, email: 'directory@example.com' };
  expect(await resolve(source, updated, known, receivedAt)).toMatchObject({
    email: 'directory@example.com',
    notes: [expect.stringContaining('no e-mail address')],
  });
  expect((await resolve(source, updated, nobody, receivedAt)).email).toBeUndefined();
  const spaced = createResolveEmployee(async () => ({ ...active, email: ' Ada@Example.com ' }));
  expect((await spaced(source, updated, nobody, receivedAt)).email).toBe('ada@example.com');
});

test('an event is resolved by its own address, then by HR, then by the directory, or not at all', async () => {
  const known = { ...nobody, email: 'directory@example.com' };
  const by = async (event: HrEvent, profile: HrProfile | undefined, directory?: Employee) =>
    (await createResolveEmployee(async () => profile)(source, event, directory, receivedAt)).email;
  expect(await by({ ...updated, email: 'own@example.com' }, active, known)).toBe('own@example.com');
  expect(await by(updated, active, known)).toBe('ada@example.com');
  expect(await by(updated, undefined, known)).toBe('directory@example.com');
  expect(await by(updated, undefined, nobody)).toBeUndefined();
});

test.each(['1900-01-01', '1970-01-01T00:00:00Z'])(
  'a last day of %s, which was not set, takes nothing from anybody',
  async (endsOn) => {
    const by = (profile: HrProfile) =>
      createResolveEmployee(async () => profile)(source, updated, undefined, receivedAt);
    const event = await by({ ...active, status: undefined, startsOn: undefined, endsOn });
    expect(event.failure).toContain('before the year 2000');
    const still = await by({ ...active, endsOn });
    expect(still.kind).toBe('mover');
    expect(still.failure).toBeUndefined();
  },
);
