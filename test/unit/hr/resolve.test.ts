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

describe('an event that says no more than "updated"', () => {
  test.each<[string, Partial<HrProfile>, HrEvent['kind'], string | undefined]>([
    ['of somebody who is employed is a mover', {}, 'mover', undefined],
    ['of somebody with a last day is a leaver', { endsOn: '2026-12-31' }, 'leaver', '2026-12-31'],
    ['of somebody inactive is a leaver', { status: 'Inactive' }, 'leaver', undefined],
    ['before the first day is a joiner', { startsOn: '2026-12-15' }, 'joiner', '2026-12-15'],
    [
      'before the first day is a joiner, inactive until then',
      { startsOn: '2026-12-15', status: 'Inactive' },
      'joiner',
      '2026-12-15',
    ],
    [
      'is no leaver by the last day of an earlier employment',
      { startsOn: '2026-11-20', endsOn: '2026-10-31' },
      'mover',
      undefined,
    ],
  ])('%s, and brings the whole record', async (_what, more, kind, effective) => {
    const resolve = createResolveEmployee(async () => ({ ...active, ...more }));
    const event = await resolve(source, updated, nobody, receivedAt);
    expect(event).toMatchObject({ kind, email: 'ada@example.com', attributes: { department: 'Sales' } });
    expect(event.effective).toBe(effective);
    expect(event.employment).toMatchObject({
      startsOn: more.startsOn ?? '2020-01-01',
      endsOn: more.endsOn ?? null,
    });
  });
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
