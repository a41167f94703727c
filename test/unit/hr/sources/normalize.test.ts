import { describe, expect, test } from '@jest/globals';
import { resolvePointer } from '../../../../src/hr/sources/generic.ts';
import { NORMALIZERS } from '../../../../src/hr/sources/presets.ts';
import type { Preset } from '../../../../src/hr/sources/schemes.ts';
import { parseSources } from '../../../../src/hr/sources/sources.ts';

const receivedAt = new Date('2026-11-24T12:00:00Z');

function normalize(preset: Preset, body: unknown, headers: Record<string, string> = {}, more: object = {}) {
  const sources = parseSources(
    JSON.stringify({ hr: { preset, secrets: ['MDEyMzQ1Njc4OWFiY2RlZg=='], ...more } }),
  );
  const source = typeof sources === 'string' ? undefined : sources.get('hr');
  if (!source) throw new Error(String(sources));
  const get = (name: string) => headers[name] ?? null;
  return NORMALIZERS[preset]({ source, headers: { get }, body, receivedAt });
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
    expect(normalize('standard-webhooks', { type: 'birthday', employee: { id: '7' } })).toMatchObject({
      ok: false,
      problems: [{ pointer: '/type' }],
    });
  });

  test.each([
    ['employee.created', 'joiner'],
    ['employee.updated', 'mover'],
    ['employee.deleted', 'deleted'],
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
      ['deleted', '4', undefined],
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

const GENERIC = {
  fields: {
    type: '/type',
    employeeId: '/id',
    email: '/mail',
    effective: '/on',
    attributes: { team: '/team' },
  },
  kinds: { joiner: ['Hire'], leaver: ['Terminate Employee'] },
};
const generic = (body: object, more: object = {}) => eventsOf('generic', body, {}, { ...GENERIC, ...more });
const merge = (data: object) =>
  eventsOf('merge', {
    hook: { event: 'employee.changed' },
    data: { id: 'e', work_email: 'a@b.co', ...data },
  })[0];

describe('what cannot be read', () => {
  test.each(['/Date(1798675200000)/', '31/12/2026', '2026-12-31+01:00', 'tomorrow', 1798675200000, true, {}])(
    'as a date, %j, fails its event and takes nothing',
    (on) => {
      const [event] = generic({ type: 'Terminate Employee', id: '7', on });
      expect(event).toMatchObject({ kind: 'leaver', failure: expect.stringContaining('cannot be read') });
      expect(event?.effective).toBeUndefined();
      expect(merge({ employment_status: 'INACTIVE', termination_date: on })?.failure).toContain('last day');
      expect(merge({ start_date: on })?.failure).toContain('first day');
    },
  );

  test('in our own schema is refused by its place', () => {
    const body = { type: 'leaver', employee: { id: '7' }, effective: '31/12/2026' };
    expect(normalize('standard-webhooks', body)).toMatchObject({
      ok: false,
      problems: [{ pointer: '/effective' }],
    });
  });

  test('is read where the source states its format', () => {
    const [event] = generic({ type: 'Hire', id: '7', on: '01/12/2026' }, { dates: ['dd/MM/yyyy'] });
    expect(event).toMatchObject({ kind: 'joiner', effective: '2026-12-01' });
  });

  test('of one employee of a body keeps none of the others', () => {
    const events = eventsOf('bamboohr', {
      employees: [
        { id: '1', action: 'Updated', fields: { ['x'.repeat(65)]: 'odd', '': 'odd', department: 'Sales' } },
        { id: 'y'.repeat(200), action: 'Updated', fields: {} },
        'odd',
        { id: '4', action: 'Updated', fields: { Status: 'Inactive', 'Termination Date': '2026-11-01' } },
      ],
    });
    expect(events.map(({ kind, failure }) => [kind, failure !== undefined])).toEqual([
      ['mover', false],
      ['mover', true],
      ['mover', true],
      ['leaver', false],
    ]);
    expect(events[0]).toMatchObject({
      attributes: { department: 'Sales' },
      notes: [expect.stringContaining('2 attributes')],
    });
    expect(new Set(events.map(({ eventId }) => eventId)).size).toBe(4);
  });

  test('as a person fails the event, since nobody could ever be found for it', () => {
    const version1 = { companyId: 1, type: 'employee.left', employee: { id: '42' } };
    expect(eventsOf('hibob', version1)[0]?.failure).toContain('version 2');
    const ofEmployment = { company_id: 1, event_name: 'employment.terminated', payload: { id: '17' } };
    expect(eventsOf('personio', ofEmployment)[0]?.failure).toContain('names no employee');
    expect(generic({ type: 'Hire' })[0]?.failure).toContain('names no employee');
    expect(generic({ type: 'Other' })[0]?.failure).toBeUndefined();
  });
});

describe('placeholders and spaces', () => {
  test('tell that there is no such attribute any more, which an absent one or an object does not tell', () => {
    const attributes = { department: '', location: null, jobTitle: 'n/a', team: {}, level: 0, office: ' ' };
    const body = { type: 'mover', employee: { id: '7' }, attributes };
    expect(eventsOf('standard-webhooks', body)).toMatchObject([
      { attributes: { department: '', location: '', jobTitle: '', level: '0', office: '' } },
    ]);
    const [event] = eventsOf('standard-webhooks', body);
    expect(event?.attributes).not.toHaveProperty('team');
  });

  test('take the place of no attribute that has a value, where there are too many', () => {
    const empty = Object.fromEntries(Array.from({ length: 250 }, (_, index) => [`empty-${index}`, null]));
    const body = { type: 'mover', employee: { id: '7' }, attributes: { ...empty, department: 'Sales' } };
    const [event] = eventsOf('standard-webhooks', body);
    expect(event?.attributes).toMatchObject({ department: 'Sales' });
    expect(event).not.toHaveProperty('notes');
  });

  test.each(['', ' ', 'n/a', 'N/A', 'null', '-', null])('make %j no id and no address', (none) => {
    expect(generic({ type: 'Hire', id: '7', mail: none })[0]).toMatchObject({ employeeId: '7' });
    expect(generic({ type: 'Hire', id: '7', mail: none })[0]?.email).toBeUndefined();
    expect(generic({ type: 'Hire', id: none, mail: ' Ada@Example.com ' })[0]).toMatchObject({
      email: 'ada@example.com',
    });
    expect(generic({ type: 'Hire', id: none, mail: 'a@b.co' })[0]?.employeeId).toBeUndefined();
    const own = { type: 'joiner', employee: { id: none, email: ' a@b.co' }, effective: none, timeZone: none };
    expect(eventsOf('standard-webhooks', own)[0]).toMatchObject({ email: 'a@b.co', kind: 'joiner' });
  });

  test('make an address that is none a note, and the employee is looked for by the id', () => {
    const [event] = generic({ type: 'Hire', id: ' 7 ', mail: 'ada at example.com' });
    expect(event).toMatchObject({ employeeId: '7', notes: [expect.stringContaining('no e-mail address')] });
  });
});

describe('the kind of an event', () => {
  test.each(['Leaver', 'LEAVER', ' leaver'])('%j is a leaver', (type) => {
    expect(eventsOf('standard-webhooks', { type, employee: { id: '7' } })[0]?.kind).toBe('leaver');
  });

  test.each(['terminate employee', 'Terminate  Employee', 'TERMINATE EMPLOYEE '])(
    '%j is found among its kinds',
    (type) => {
      expect(generic({ type, id: '7' })[0]?.kind).toBe('leaver');
    },
  );
});

describe('several events in one body', () => {
  const okta = {
    fields: {
      type: '/data/events/0/eventType',
      eventId: '/data/events/0/uuid',
      email: '/data/events/0/target/0/alternateId',
    },
    kinds: { joiner: ['user.lifecycle.activate'], leaver: ['user.lifecycle.deactivate'] },
  };
  const event = (eventType: string, uuid: string | undefined, alternateId: string) => ({
    eventType,
    uuid,
    target: [{ alternateId }],
  });

  test('are all read where the field map leads through the first of them', () => {
    const body = {
      data: {
        events: [
          event('user.lifecycle.activate', 'u1', 'ada@example.com'),
          event('user.lifecycle.deactivate', 'u2', 'alan@example.com'),
        ],
      },
    };
    expect(eventsOf('generic', body, {}, okta)).toMatchObject([
      { kind: 'joiner', email: 'ada@example.com', eventId: 'u1' },
      { kind: 'leaver', email: 'alan@example.com', eventId: 'u2' },
    ]);
  });

  test('have ids of their own where the sender gives them none', () => {
    const same = event('user.lifecycle.activate', undefined, 'ada@example.com');
    const events = eventsOf('generic', { data: { events: [same, same] } }, {}, okta);
    expect(new Set(events.map(({ eventId }) => eventId)).size).toBe(2);
  });
});

describe('the id of an event', () => {
  const signed = (signedText: string, more: object = {}) => ({
    ...GENERIC,
    verifier: { kind: 'signature', header: 'x-signature', signed: signedText, ...more },
  });

  test('is the one that is signed', () => {
    const config = signed('{id}.{body}', { idHeader: 'x-id' });
    const send = (id: string) =>
      eventsOf('generic', { type: 'Hire', id: '7' }, { 'x-id': id }, config)[0]?.eventId;
    expect(send('one')).toBe('one');
    expect(send('two')).toBe('two');
  });

  test.each([
    ['{body}', { idHeader: 'x-id' }],
    ['{id}.{body}', {}],
    ['{body}', { timestampHeader: 'x-time' }],
    ['{timestamp}.{body}', {}],
  ])('cannot come from a header beside the signature: %j with %j stops the start', (text, more) => {
    const config = { hr: { preset: 'generic', secrets: ['12345678'], ...signed(text, more) } };
    expect(parseSources(JSON.stringify(config))).toMatch(/verifier.*must be given where "signed" has/);
  });

  test('is not taken from a header of a CloudEvent whose body alone is signed', () => {
    const data = { type: 'leaver', employee: { id: '7' } };
    const config = { verifier: { kind: 'signature', header: 'x-signature' } };
    const headers = { 'ce-specversion': '1.0', 'ce-source': '/hr' };
    const ids = ['1', '2'].map(
      (id) => eventsOf('cloudevents', data, { ...headers, 'ce-id': id }, config)[0]?.eventId,
    );
    expect(ids[0]).toBe(ids[1]);
  });

  test('does not depend on the order of members', () => {
    const one = { id: 'e', employment_status: 'ACTIVE', work_email: 'a@b.co', team: { name: 'x', id: 1 } };
    const other = { team: { id: 1, name: 'x' }, work_email: 'a@b.co', employment_status: 'ACTIVE', id: 'e' };
    expect(merge(one)?.eventId).toBe(merge(other)?.eventId);
    const bambooFields = (fields: object) =>
      eventsOf('bamboohr', { employees: [{ id: '1', fields }] })[0]?.eventId;
    expect(bambooFields({ a: '1', b: '2' })).toBe(bambooFields({ b: '2', a: '1' }));
  });
});

test('the data of a CloudEvent may be base64', () => {
  const data = { type: 'joiner', employee: { email: 'ada@example.com' } };
  const envelope = { specversion: '1.0', id: '1', source: '/hr', type: 'hr' };
  const encoded = Buffer.from(JSON.stringify(data)).toString('base64');
  expect(eventsOf('cloudevents', { ...envelope, data_base64: encoded })).toEqual(
    eventsOf('cloudevents', { ...envelope, data }),
  );
  expect(normalize('cloudevents', { ...envelope, data_base64: '%%' })).toMatchObject({
    problems: [{ pointer: '/data_base64' }],
  });
});

test('a clock of HR that is ahead does not outrank what comes later', () => {
  const body = { type: 'employee.updated', timestamp: '2099-01-01T00:00:00Z', data: { employeeId: '7' } };
  expect(eventsOf('bamboohr', body)[0]?.occurredAt).toBe(receivedAt.toISOString());
});

test('fields of BambooHR are known under the names that it gives them', () => {
  const fields = {
    'Work Email': 'ada@example.com',
    'Hire Date': '2020-01-01',
    Status: 'Inactive',
    'Termination Date': '2026-11-20',
    'Job Title': 'Engineer',
  };
  expect(eventsOf('bamboohr', { employees: [{ id: 7, action: 'Updated', fields }] })[0]).toMatchObject({
    kind: 'leaver',
    email: 'ada@example.com',
    effective: '2026-11-20',
    attributes: { jobTitle: 'Engineer' },
  });
  const byEmploymentStatus = { 'Employment Status': 'Terminated' };
  expect(eventsOf('bamboohr', { employees: [{ id: 7, fields: byEmploymentStatus }] })[0]?.kind).toBe(
    'leaver',
  );
});

test('a pointer follows own members only', () => {
  expect(resolvePointer({ a: [{ b: 1 }] }, '/a/0/b')).toBe(1);
  expect(resolvePointer({}, '/constructor/name')).toBeUndefined();
});

describe('our own schema, as other languages write it', () => {
  const body = { type: 'leaver', employee: { id: '7' } };
  const one = (more: object) => eventsOf('standard-webhooks', { ...body, ...more })[0];

  test('has attributes that are numbers, null, objects, or too long, and still counts', () => {
    const attributes = { ext: 4711, remote: true, department: null, ['x'.repeat(65)]: 'a', '': 'b' };
    expect(one({ attributes })).toMatchObject({
      kind: 'leaver',
      attributes: { ext: '4711', remote: 'true' },
      notes: [expect.stringContaining('2 attributes were left out')],
    });
    expect(one({ attributes: { team: { a: 1 }, department: 'Sales' } })).toMatchObject({
      attributes: { department: 'Sales' },
      notes: [expect.stringContaining('objects, or lists')],
    });
    expect(one({ attributes: null })).toMatchObject({ attributes: {} });
    expect(normalize('standard-webhooks', { ...body, attributes: ['a'] })).toMatchObject({
      problems: [{ pointer: '/attributes' }],
    });
  });

  test('has numbers for ids', () => {
    expect(one({ employee: { id: 4711 } })).toMatchObject({ employeeId: '4711' });
    expect(normalize('standard-webhooks', { ...body, employee: { id: 1.5 } })).toMatchObject({
      problems: [{ pointer: '/employee/id' }],
    });
  });

  test.each(['9999-12-31T23:59:59.9999999', '4712-12-31', '2026-02-30', '0001-01-01T00:00:00'])(
    'is refused with a day that is none, %s',
    (effective) => {
      expect(normalize('standard-webhooks', { ...body, effective })).toMatchObject({
        problems: [{ pointer: '/effective' }],
      });
    },
  );

  test('is known by an id of any length', () => {
    const known = (id: string) => eventsOf('standard-webhooks', body, { 'webhook-id': id })[0];
    const id = 'x'.repeat(300);
    expect(known(id)?.failure).toBeUndefined();
    expect(known(id)?.eventId).toBe(known(id)?.eventId);
    expect(known(`${id}y`)?.eventId).not.toBe(known(id)?.eventId);
  });
});

test.each([
  ['9999-12-31', 'cannot be read'],
  ['1900-01-01', 'before the year 2000'],
  ['1970-01-01T00:00:00Z', 'before the year 2000'],
])('a leaver whose last day is %s, which stands for none, takes nothing', (on, expected) => {
  const fields = { type: '/type', employeeId: '/id', effective: '/on' };
  const more = { fields, kinds: { leaver: ['left'] } };
  expect(eventsOf('generic', { type: 'left', id: 7, on }, {}, more)[0]?.failure).toContain(expected);
});

test.each([
  [{ hook: { event: 'employee.deleted' }, data: { id: '7' } }, 'deleted'],
  [{ hook: { event: 'Employee.removed' }, data: { id: '7', termination_date: '2026-11-01' } }, 'deleted'],
  [{ hook: { event: 'employee.changed' }, data: { id: '7', remote_was_deleted: true } }, 'deleted'],
  [{ hook: { event: 'Employee.synced' }, data: { is_initial_sync: true } }, 'ignored'],
])('Merge ends no employment with %j', (body, kind) => {
  expect(eventsOf('merge', body)[0]).toMatchObject({ kind });
});

test.each<[Preset, object]>([
  ['finch', { event_type: 'individual.deleted', data: { individual_id: '7' } }],
  ['hibob', { type: 'employee.deleted', data: { employeeId: '7' } }],
  ['personio', { event_name: 'person.deleted', payload: { person_id: '7' } }],
])('a record that %s deleted is told as that', (preset, body) => {
  expect(eventsOf(preset, body)[0]).toMatchObject({ kind: 'deleted', employeeId: '7' });
});
