import { describe, expect, test } from '@jest/globals';
import { normalizeGeneric, resolvePointer } from '../../../../src/hr/sources/generic.ts';
import { SCHEMES } from '../../../../src/hr/sources/schemes.ts';
import { toAttributes } from '../../../../src/hr/sources/shape.ts';
import { createSourceSchema } from '../../../../src/hr/sources/source-schema.ts';
import { normalizeStandard } from '../../../../src/hr/sources/standard.ts';

const read = (value: unknown) => toAttributes({ groups: value }).attributes.groups;

describe('a list is read as', () => {
  test.each<[string, unknown, unknown]>([
    ['its texts, each once', ['Sales', ' Sales ', 'EMEA'], ['Sales', 'EMEA']],
    ['its numbers and flags as text', [7, true], ['7', 'true']],
    [
      'the value and the name of members as SCIM writes them',
      [{ value: 'g1', display: 'Sales', $ref: 'x' }],
      ['g1', 'Sales'],
    ],
    ['the value of addresses', [{ value: 'a@example.com', type: 'work', primary: true }], ['a@example.com']],
    [
      'the id and the name of groups as Entra writes them',
      [{ '@odata.type': 'x', id: 'g1', displayName: 'Sales' }],
      ['Sales', 'g1'],
    ],
    [
      'the id and the name of groups as Okta writes them',
      [{ id: '00g1', type: 'OKTA_GROUP', profile: { name: 'Sales', description: 'x' } }],
      ['00g1', 'Sales'],
    ],
    ['none where it is empty', [], []],
    ['none where it has placeholders alone', ['', null, 'n/a'], []],
    ['not told where a member cannot be read', ['Sales', { group: 'EMEA' }], undefined],
    ['not told where it has lists', [['Sales']], undefined],
    ['not told where it is an object', { value: 'Sales' }, undefined],
  ])('%s', (_what, value, expected) => {
    expect(read(value)).toEqual(expected);
  });

  test('left out and noted where it is too long, or has control characters', () => {
    const many = Array.from({ length: 501 }, (_, index) => `g${index}`);
    expect(toAttributes({ groups: many, names: ['a\u0000'] })).toEqual({
      attributes: {},
      notes: [expect.stringMatching(/^2 attributes were left out.*at most 500 members/)],
    });
    expect(read(many.slice(1))).toHaveLength(500);
  });
});

test('a pointer with * leads to the members of a list', () => {
  const body = { user: { memberships: [{ group: { label: 'Sales' } }, { group: { label: 'EMEA' } }] } };
  expect(resolvePointer(body, '/user/memberships/*/group/label')).toEqual(['Sales', 'EMEA']);
  expect(resolvePointer({ '*': 1 }, '/*')).toBe(1);
});

const toReceived = (config: object, body: unknown) => {
  const parsed = createSourceSchema().parse({ secrets: ['12345678'], ...config });
  const source = { name: 'scim', ...parsed, scheme: SCHEMES[parsed.preset] };
  return { source, headers: new Headers(), body, receivedAt: new Date('2026-11-01T08:00:00Z') };
};

test('the groups of a body like those of SCIM come by the field map', () => {
  const enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
  const body = {
    schemas: ['urn:ietf:params:scim:schemas:core:2.0:User', enterprise],
    id: '2819c223',
    event: 'update',
    userName: 'ada@example.com',
    groups: [{ value: 'e9e3', display: 'Tour Guides' }],
    memberships: [{ team: 'Blue' }, { team: 'Red' }],
    [enterprise]: { department: 'Sales' },
  };
  const attributes = {
    groups: '/groups',
    teams: '/memberships/*/team',
    department: `/${enterprise}/department`,
  };
  const fields = { type: '/event', employeeId: '/id', email: '/userName', attributes };
  const received = toReceived({ preset: 'generic', fields, kinds: { mover: ['update'] } }, body);
  const events = normalizeGeneric(received as never);
  expect(events).toMatchObject({
    ok: true,
    value: [
      {
        kind: 'mover',
        attributes: { groups: ['e9e3', 'Tour Guides'], teams: ['Blue', 'Red'], department: 'Sales' },
      },
    ],
  });
});

test('our own schema takes lists of texts and of objects with names; other objects are left out and noted', () => {
  const body = {
    type: 'joiner',
    employee: { id: '1' },
    attributes: {
      groups: ['Sales'],
      teams: [{ id: 't1', displayName: 'Blue' }],
      nested: { a: 1 },
      odd: [{ a: 1 }],
    },
  };
  const events = normalizeStandard(
    toReceived({ preset: 'standard-webhooks', secrets: ['MTIzNDU2Nzg5MDEyMzQ1Ng=='] }, body) as never,
  );
  expect(events).toMatchObject({
    ok: true,
    value: [
      {
        attributes: { groups: ['Sales'], teams: ['Blue', 't1'] },
        notes: [expect.stringContaining('lists of other things than text')],
      },
    ],
  });
});
