import { describe, expect, test } from '@jest/globals';
import { NORMALIZERS } from '../../../../src/hr/sources/presets.ts';
import type { Said } from '../../../../src/hr/sources/samples/said.ts';
import { toSample } from '../../../../src/hr/sources/samples/sample.ts';
import type { Preset } from '../../../../src/hr/sources/schemes.ts';
import { sign } from '../../../../src/hr/sources/sign.ts';
import { parseSources, type Source } from '../../../../src/hr/sources/sources.ts';
import { verify } from '../../../../src/hr/sources/verify.ts';

const AT = new Date('2026-11-24T12:00:00.500Z');
const BASE64 = Buffer.from('a secret of the tests').toString('base64');
const MAP = {
  fields: {
    type: '/data/events/0/type',
    eventId: '/id',
    saidAt: '/at',
    employeeId: '/data/events/0/who~1id',
    email: '/data/events/0/mail',
    effective: '/data/events/0/on',
    attributes: { department: '/data/events/0/orgs/*/label', team: '/team' },
  },
  kinds: { joiner: ['Hire', 'Rehire'], mover: ['Move'], leaver: ['Fire'] },
};
const SOURCES: Readonly<Record<string, object>> = {
  'standard-webhooks': { secrets: [`whsec_${BASE64}`] },
  bamboohr: {},
  hibob: {},
  finch: { secrets: [BASE64] },
  merge: {},
  personio: { secrets: ['Bearer of-the-tests'] },
  generic: MAP,
  cloudevents: {},
} satisfies Record<Preset, object>;

const sourceOf = (preset: string, more: object = {}): Source => {
  const config = { preset, secrets: ['a secret of the tests'], ...SOURCES[preset], ...more };
  const sources = parseSources(JSON.stringify({ s: config }));
  const source = typeof sources === 'string' ? undefined : sources.get('s');
  if (!source) throw new Error(`${sources}`);
  return source;
};

const FULL: Said = {
  ...{ kind: 'joiner', employeeId: '4711', email: 'ada@example.com', effective: '2026-12-01' },
  ...{ attributes: { department: 'Sales' }, at: AT, id: 'msg_1' },
};
const THIN: Said = { kind: 'joiner', employeeId: '4711', attributes: {}, at: AT, id: 'msg_1' };
/** What Seatline makes of a sample that is signed and sent. */
function receive(source: Source, said: Said) {
  const sample = toSample(source, said);
  if (typeof sample === 'string') return sample;
  const body = JSON.stringify(sample);
  const sent = sign(source.scheme, source.secrets[0] ?? '', { body, at: said.at, id: said.id });
  const headers = { get: (name: string) => sent[name] ?? null };
  expect(verify(source.scheme, source.secrets, { headers, body: Buffer.from(body) }, said.at)).toBe(0);
  const events = NORMALIZERS[source.preset]({ source, headers, body: JSON.parse(body), receivedAt: said.at });
  if (!events.ok) throw new Error(JSON.stringify(events.problems));
  expect(events.value).toHaveLength(1);
  expect(events.value[0]).not.toHaveProperty('failure');
  return events.value[0];
}

describe('a sample event', () => {
  test.each(['standard-webhooks', 'bamboohr', 'merge', 'generic', 'cloudevents'])(
    'of %s is signed, and says all that is asked for',
    (preset) => {
      for (const kind of ['joiner', 'leaver'] as const)
        expect(receive(sourceOf(preset), { ...FULL, kind })).toMatchObject({
          ...{ kind, employeeId: '4711', email: 'ada@example.com', effective: '2026-12-01' },
          attributes: { department: preset === 'generic' ? ['Sales'] : 'Sales' },
        });
      const move = receive(sourceOf(preset), { ...FULL, kind: 'mover', effective: undefined });
      expect(move).toMatchObject({ kind: 'mover', email: 'ada@example.com' });
    },
  );

  test.each(['hibob', 'finch', 'personio'])(
    'of %s names an id alone, and says what it cannot have',
    (preset) => {
      for (const kind of ['joiner', 'mover', ...(preset === 'finch' ? [] : (['leaver'] as const))] as const)
        expect(receive(sourceOf(preset), { ...THIN, kind })).toMatchObject({ kind, employeeId: '4711' });
      expect(receive(sourceOf(preset), FULL)).toMatch(
        /sends an employee id and no e-mail address, attributes/,
      );
      expect(receive(sourceOf(preset), { ...THIN, employeeId: undefined })).toMatch(/give one/);
    },
  );

  test('of Finch is no leaver, since Finch has none', () => {
    expect(receive(sourceOf('finch'), { ...THIN, kind: 'leaver' })).toMatch(/no event for a leaver/);
  });

  test('of BambooHR with an id alone is event-based, and makes no leaver that way', () => {
    expect(toSample(sourceOf('bamboohr'), THIN)).toMatchObject({
      type: 'employee.created',
      timestamp: '2026-11-24T12:00:00+0000',
      data: { employeeId: '4711' },
    });
    expect(receive(sourceOf('bamboohr'), { ...THIN, kind: 'leaver' })).toMatchObject({ kind: 'leaver' });
  });

  test.each(['bamboohr', 'merge'])('of a mover in %s has no day', (preset) => {
    expect(receive(sourceOf(preset), { ...FULL, kind: 'mover' })).toMatch(/names no day of a mover/);
  });

  test.each(['2026-11-23', '2026-11-24', '2026-11-25'])(
    'of a last day %s is a leaver on it, in any time zone',
    (effective) => {
      for (const preset of ['bamboohr', 'merge'])
        for (const timeZone of ['Pacific/Kiritimati', 'UTC', 'Pacific/Pago_Pago'])
          expect(
            receive(sourceOf(preset, { timeZone }), { ...FULL, kind: 'leaver', effective }),
          ).toMatchObject({
            ...{ kind: 'leaver', effective },
          });
    },
  );

  test('by a field map is written as the source writes dates, and says what the map has no place for', () => {
    for (const format of ['odata', 'dd.MM.yyyy', 'MM/dd/yyyy'])
      expect(receive(sourceOf('generic', { dates: [format] }), FULL)).toMatchObject({
        effective: '2026-12-01',
      });
    expect(receive(sourceOf('cloudevents', MAP), FULL)).toMatchObject({ kind: 'joiner', employeeId: '4711' });
    const narrow = sourceOf('generic', { fields: { type: '/type' }, kinds: { joiner: ['Hire'] } });
    expect(receive(narrow, FULL)).toBe(
      'the "fields" of the source have no place for: employeeId, email, effective, attribute department',
    );
    expect(receive(narrow, { ...THIN, kind: 'leaver' })).toMatch(/no type for a leaver/);
  });

  test('with a verifier of its own is signed by that', () => {
    const verifier = {
      ...{ kind: 'signature', header: 'x-signature', prefix: 'sha256=', signed: '{id}.{timestamp}.{body}' },
      ...{ idHeader: 'x-id', timestampHeader: 'x-timestamp' },
    };
    expect(receive(sourceOf('generic', { verifier }), FULL)).toMatchObject({ kind: 'joiner' });
  });
});
