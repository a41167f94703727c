import { describe, expect, test } from '@jest/globals';
import { NORMALIZERS } from '../../../src/hr/normalize/presets.ts';
import { toEffective } from '../../../src/hr/normalize/shape.ts';
import { resolvePointer } from '../../../src/hr/normalize/standard.ts';
import { type Preset, parseSources } from '../../../src/hr/sources.ts';

function normalize(preset: Preset, body: unknown, headers: Record<string, string> = {}, more: object = {}) {
  const sources = parseSources(
    JSON.stringify({ hr: { preset, secrets: ['MDEyMzQ1Njc4OWFiY2RlZg=='], ...more } }),
  );
  const source = typeof sources === 'string' ? undefined : sources.get('hr');
  if (!source) throw new Error(String(sources));
  return NORMALIZERS[preset]({ source, headers: { get: (name) => headers[name] ?? null }, body });
}
const eventsOf = (...args: Parameters<typeof normalize>) => {
  const normalized = normalize(...args);
  if (!normalized.ok) throw new Error(JSON.stringify(normalized.problems));
  return normalized.value;
};
const bamboo = (type: string) => ({
  type,
  timestamp: '2026-01-31T18:42:00+0000',
  data: { companyId: '1', employeeId: 7, changedFields: [] },
});

describe('an event of', () => {
  test('our own schema keeps its id, person, day and attributes', () => {
    const body = {
      type: 'joiner',
      employee: { id: '7', email: 'Ada@Example.com' },
      effective: '2026-12-01',
      timeZone: 'Europe/Berlin',
      attributes: { department: 'Sales' },
    };
    expect(eventsOf('standard-webhooks', body, { 'webhook-id': 'msg_1' })).toEqual([
      {
        source: 'hr',
        eventId: 'msg_1',
        type: 'joiner',
        kind: 'joiner',
        employeeId: '7',
        email: 'ada@example.com',
        effective: '2026-12-01',
        timeZone: 'Europe/Berlin',
        attributes: { department: 'Sales' },
      },
    ]);
    expect(normalize('standard-webhooks', { type: 'joiner', employee: {} })).toMatchObject({
      ok: false,
      problems: [{ pointer: '/employee' }],
    });
    expect(eventsOf('standard-webhooks', { type: 'birthday' })[0]).toMatchObject({
      kind: 'ignored',
      type: 'birthday',
    });
  });

  test.each([
    ['employee.created', 'joiner'],
    ['employee.updated', 'mover'],
    ['employee.deleted', 'ignored'],
    ['employee.danced', 'ignored'],
  ])('BambooHR, %s, is a %s', (type, kind) => {
    expect(eventsOf('bamboohr', bamboo(type))[0]).toMatchObject({
      kind,
      employeeId: '7',
      occurredAt: '2026-01-31T18:42:00.000Z',
    });
  });

  test('BambooHR with fields speaks of several people', () => {
    const person = (id: string, action: string, fields: object) => ({
      id,
      action,
      timestamp: '2026-01-31T18:42:00Z',
      fields,
    });
    const events = eventsOf('bamboohr', {
      employees: [
        person('1', 'Created', {
          workEmail: { value: 'a@b.co' },
          hireDate: { value: '2026-03-01' },
          department: { value: 'Sales' },
        }),
        person('2', 'Updated', { workEmail: { value: 'c@d.co' }, terminationDate: { value: '0000-00-00' } }),
        person('3', 'Updated', { status: { value: 'Inactive' }, terminationDate: { value: '2026-02-01' } }),
        person('4', 'Deleted', {}),
        person('5', 'Updated', {
          status: { value: 'Active' },
          hireDate: { value: '2026-01-05' },
          terminationDate: { value: '2024-06-30' },
        }),
        person('6', 'Updated', { hireDate: { value: '2026-03-01' } }),
        person('7', 'Created', {
          hireDate: { value: '2026-03-01' },
          terminationDate: { value: '2026-08-31' },
        }),
      ],
    });
    expect(events.map(({ kind, employeeId, effective }) => [kind, employeeId, effective])).toEqual([
      ['joiner', '1', '2026-03-01'],
      ['mover', '2', undefined],
      ['leaver', '3', '2026-02-01'],
      ['ignored', '4', undefined],
      // Somebody who came back: the last day is of the time before.
      ['mover', '5', undefined],
      // Somebody whose first day is still to come.
      ['joiner', '6', '2026-03-01'],
      // Somebody who comes for half a year.
      ['joiner', '7', '2026-03-01'],
    ]);
    expect(events[0]).toMatchObject({ email: 'a@b.co', attributes: { department: 'Sales' } });
    expect(new Set(events.map(({ eventId }) => eventId)).size).toBe(7);
  });

  test.each<[Preset, object, string, string | undefined]>([
    [
      'hibob',
      {
        companyId: 1,
        type: 'employee.joined',
        triggeredAt: '2026-01-31T00:00:00.000',
        data: { employeeId: '42' },
      },
      'joiner',
      '42',
    ],
    [
      'hibob',
      {
        companyId: 1,
        type: 'employee.left',
        triggeredAt: '2026-01-31T00:00:00.000',
        data: { employeeId: '42' },
      },
      'leaver',
      '42',
    ],
    ['hibob', { companyId: 1, type: 'task.done', triggeredAt: 'x', data: {} }, 'ignored', undefined],
    ['finch', { event_type: 'employment.updated', data: { individual_id: 'i' } }, 'mover', 'i'],
    ['finch', { event_type: 'payment.created', data: {} }, 'ignored', undefined],
    [
      'merge',
      {
        hook: { event: 'employee.changed' },
        data: { id: 'e', employment_status: 'ACTIVE', work_email: 'a@b.co' },
      },
      'mover',
      'e',
    ],
    [
      'merge',
      {
        hook: { event: 'employee.changed' },
        data: { id: 'e', employment_status: 'INACTIVE', termination_date: '2026-01-01T00:00:00Z' },
      },
      'leaver',
      'e',
    ],
    [
      'merge',
      { hook: { event: 'employee.created' }, data: { id: 'e', start_date: '2026-05-01T00:00:00Z' } },
      'joiner',
      'e',
    ],
    ['merge', { hook: { event: 'team.changed' }, data: { id: 't' } }, 'ignored', 't'],
    [
      'personio',
      {
        company_id: 1,
        event_name: 'employment.terminated',
        occurred_at: '2026-01-31T00:00:00Z',
        payload: { person_id: 9 },
      },
      'leaver',
      '9',
    ],
    [
      'personio',
      { company_id: 1, event_name: 'absence.created', occurred_at: '2026-01-31T00:00:00Z' },
      'ignored',
      undefined,
    ],
  ])('%s: %j is a %s', (preset, body, kind, employeeId) => {
    const [event] = eventsOf(preset, body);
    expect(event?.kind).toBe(kind);
    expect(event?.employeeId).toBe(employeeId);
    expect(eventsOf(preset, structuredClone(body))[0]?.eventId).toBe(event?.eventId);
  });

  test('any system is read by its field map', () => {
    const more = {
      fields: {
        type: '/event/name',
        eventId: '/id',
        employeeId: '/worker/0/id',
        email: '/worker/0/mail',
        effective: '/on',
        attributes: { location: '/worker/0/a~1b' },
      },
      kinds: { joiner: ['Hire'], leaver: ['Terminate'] },
    };
    const body = {
      id: 5,
      event: { name: 'Hire' },
      on: '2026-02-03',
      worker: [{ id: 7, mail: 'a@b.co', 'a/b': 'Berlin' }],
    };
    expect(eventsOf('generic', body, {}, more)[0]).toEqual({
      source: 'hr',
      eventId: '5',
      type: 'Hire',
      kind: 'joiner',
      employeeId: '7',
      email: 'a@b.co',
      effective: '2026-02-03',
      attributes: { location: 'Berlin' },
    });
    expect(eventsOf('generic', { event: { name: 'Other' } }, {}, more)[0]?.kind).toBe('ignored');
  });

  test('CloudEvents comes structured or binary, and has the same id', () => {
    const data = { type: 'leaver', employee: { id: '7' } };
    const structured = eventsOf('cloudevents', {
      specversion: '1.0',
      id: '1',
      source: '/hr',
      type: 'x',
      data,
    })[0];
    const binary = eventsOf('cloudevents', data, {
      'ce-id': '1',
      'ce-source': '/hr',
      'ce-specversion': '1.0',
    })[0];
    expect(structured).toMatchObject({ kind: 'leaver', employeeId: '7' });
    expect(binary).toEqual(structured);
    expect(normalize('cloudevents', data).ok).toBe(false);
  });

  test('no other shape is taken', () => {
    for (const preset of ['bamboohr', 'hibob', 'finch', 'merge', 'personio'] as const) {
      expect(normalize(preset, { odd: true }).ok).toBe(false);
      expect(normalize(preset, null).ok).toBe(false);
    }
  });
});

test.each([
  ['2026-02-03', '2026-02-03'],
  ['2026-02-03T00:00:00Z', '2026-02-03'],
  ['2026-02-03T10:00:00+0200', '2026-02-03T08:00:00.000Z'],
  ['0000-00-00', undefined],
  ['soon', undefined],
  [7, undefined],
])('the date %j is read as %j', (value, expected) => {
  expect(toEffective(value)).toBe(expected);
});

test('a pointer follows own members only', () => {
  expect(resolvePointer({ a: [{ b: 1 }] }, '/a/0/b')).toBe(1);
  expect(resolvePointer({}, '/constructor/name')).toBeUndefined();
});
