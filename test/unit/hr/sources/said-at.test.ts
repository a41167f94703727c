import { describe, expect, test } from '@jest/globals';
import { NORMALIZERS } from '../../../../src/hr/sources/presets.ts';
import type { Preset } from '../../../../src/hr/sources/schemes.ts';
import { parseSources } from '../../../../src/hr/sources/sources.ts';

const receivedAt = new Date('2026-11-30T12:00:00Z');
const event = { type: 'leaver', employee: { id: '4711' } };

function read(preset: Preset, body: unknown) {
  const sources = parseSources(JSON.stringify({ hr: { preset, secrets: ['MDEyMzQ1Njc4OWFiY2RlZg=='] } }));
  const source = typeof sources === 'string' ? undefined : sources.get('hr');
  if (source === undefined) throw new Error(String(sources));
  const parsed = NORMALIZERS[preset]({ source, headers: { get: () => null }, body, receivedAt });
  return parsed.ok ? parsed.value : parsed.problems;
}

test('an event of our own schema may say when HR said it, and never later than it was received', () => {
  expect(read('standard-webhooks', { ...event, saidAt: '2026-11-01T08:00:00+01:00' })).toMatchObject([
    { occurredAt: '2026-11-01T07:00:00.000Z' },
  ]);
  expect(read('standard-webhooks', { ...event, saidAt: '2031-01-01T00:00:00Z' })).toMatchObject([
    { occurredAt: receivedAt.toISOString() },
  ]);
});

test('a saidAt that cannot be read is refused by its place', () => {
  expect(read('standard-webhooks', { ...event, saidAt: 'yesterday' })).toMatchObject([
    { pointer: '/saidAt' },
  ]);
});

test('the time of a CloudEvent is when its data was said, unless the data says it', () => {
  const envelope = { specversion: '1.0', id: '1', source: '/hr', time: '2026-11-02T00:00:00Z' };
  expect(read('cloudevents', { ...envelope, data: event })).toMatchObject([
    { occurredAt: '2026-11-02T00:00:00.000Z' },
  ]);
  const data = { ...event, saidAt: '2026-11-01T00:00:00Z' };
  expect(read('cloudevents', { ...envelope, data })).toMatchObject([
    { occurredAt: '2026-11-01T00:00:00.000Z' },
  ]);
});

test('the field map of a generic source has where HR said it; one that cannot be read is not guessed', () => {
  const sources = parseSources(
    JSON.stringify({
      hr: {
        preset: 'generic',
        secrets: ['static-token'],
        fields: { type: '/type', employeeId: '/id', saidAt: '/at' },
        kinds: { leaver: ['Fire'] },
      },
    }),
  );
  const source = typeof sources === 'string' ? undefined : sources.get('hr');
  if (source === undefined) throw new Error(String(sources));
  const readAt = (at: unknown) => {
    const body = { type: 'Fire', id: '1', at };
    const parsed = NORMALIZERS.generic({ source, headers: { get: () => null }, body, receivedAt });
    return parsed.ok ? parsed.value[0] : undefined;
  };
  expect(readAt('2026-11-01T08:00:00+01:00')).toMatchObject({ occurredAt: '2026-11-01T07:00:00.000Z' });
  expect(readAt('2031-01-01T00:00:00Z')).toMatchObject({ occurredAt: receivedAt.toISOString() });
  expect(readAt('yesterday')).toMatchObject({ failure: expect.stringContaining('cannot be read') });
  for (const none of [undefined, null, '', 'n/a']) {
    expect(readAt(none)?.failure).toBeUndefined();
    expect(readAt(none)?.occurredAt).toBeUndefined();
  }
});

describe('the signed time of a header', () => {
  const headers = { get: (name: string) => (name.endsWith('timestamp') ? '1796036400' : null) };
  /** The header counts seconds. */
  const signedAt = '2026-11-30T11:00:00.999Z';
  const readFrom = (source: object, body: unknown) => {
    const sources = parseSources(
      JSON.stringify({ hr: { secrets: ['MDEyMzQ1Njc4OWFiY2RlZg=='], ...source } }),
    );
    const hr = typeof sources === 'string' ? undefined : sources.get('hr');
    if (hr === undefined) throw new Error(String(sources));
    const parsed = NORMALIZERS[hr.preset]({ source: hr, headers, body, receivedAt });
    return parsed.ok ? parsed.value[0]?.occurredAt : parsed.problems;
  };
  const finch = { event_type: 'individual.updated', data: { individual_id: 'i' } };

  test('is when HR said it, where the body has no time of its own', () => {
    expect(readFrom({ preset: 'standard-webhooks' }, event)).toBe(signedAt);
    expect(readFrom({ preset: 'finch' }, finch)).toBe(signedAt);
    const told = { ...event, saidAt: '2026-11-01T00:00:00Z' };
    expect(readFrom({ preset: 'standard-webhooks' }, told)).toBe('2026-11-01T00:00:00.000Z');
  });

  test.each([
    ['a later second', '1796040300'],
    ['the second of the receipt, in which the receipt tells the order of two events', '1796040000'],
  ])('is never later than the receipt: %s', (_, seconds) => {
    const later = { get: () => seconds };
    const sources = parseSources(
      JSON.stringify({ hr: { preset: 'finch', secrets: ['MDEyMzQ1Njc4OWFiY2RlZg=='] } }),
    );
    const source = typeof sources === 'string' ? undefined : sources.get('hr');
    if (source === undefined) throw new Error(String(sources));
    const parsed = NORMALIZERS.finch({ source, headers: later, body: finch, receivedAt });
    expect(parsed).toMatchObject({ value: [{ occurredAt: receivedAt.toISOString() }] });
  });

  test('counts of a source with a signature of its own, too', () => {
    const verifier = {
      ...{ kind: 'signature', header: 'x-signature', timestampHeader: 'x-timestamp' },
      signed: '{timestamp}.{body}',
    };
    const fields = { type: '/type', employeeId: '/id', saidAt: '/at' };
    const generic = { preset: 'generic', fields, kinds: { leaver: ['Fire'] }, verifier };
    expect(readFrom(generic, { type: 'Fire', id: '1' })).toBe(signedAt);
  });
});
