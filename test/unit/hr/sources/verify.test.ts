import { createHmac } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { parseSources, type Source } from '../../../../src/hr/sources/sources.ts';
import { verify } from '../../../../src/hr/sources/verify.ts';

const sourceOf = (preset: string, secrets: string[], more: object = {}): Source => {
  const sources = parseSources(JSON.stringify({ s: { preset, secrets, ...more } }));
  const source = typeof sources === 'string' ? undefined : sources.get('s');
  if (!source) throw new Error(String(sources));
  return source;
};
const check = (source: Source, headers: Record<string, string>, body: string | Buffer, seconds = 0) =>
  verify(
    source.scheme,
    source.secrets,
    { headers: { get: (name) => headers[name] ?? null }, body: Buffer.from(body) },
    new Date(seconds * 1_000),
  );

const BAMBOO =
  '{"type":"employee.updated","timestamp":"2026-01-31T18:42:00+0000","data":{"companyId":"12345","employeeId":"67890","changedFields":["firstName"]}}';
const BOB =
  '{"companyId":1,"type":"employee.joined","triggeredBy":"system","triggeredAt":"2026-01-31T00:00:00.000","version":"v2","data":{"employeeId":"42"}}';
const MERGE =
  '{"hook":{"id":"h","event":"employee.changed","target":"https://x"},"linked_account":{"id":"l"},"data":{"id":"e"}}';
const standard = () => sourceOf('standard-webhooks', ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw']);
const STANDARD = {
  'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
  'webhook-timestamp': '1614265330',
  'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
};

describe('the published vectors', () => {
  test('of Standard Webhooks', () => {
    expect(check(standard(), STANDARD, '{"test": 2432232314}', 1_614_265_330)).toBe(0);
  });

  test('of BambooHR', () => {
    const headers = {
      'x-bamboohr-timestamp': '1769884920',
      'x-bamboohr-signature': '8a9bbff957766dd991561e6fad13cafa4c3a479a39dc86c5ab8089351a2b117a',
    };
    expect(check(sourceOf('bamboohr', ['test-private-key']), headers, BAMBOO, 1_769_884_920)).toBe(0);
    expect(
      check(sourceOf('bamboohr', ['test-private-key']), headers, BAMBOO, 1_769_884_920 + 301),
    ).toBeUndefined();
  });

  test('of HiBob', () => {
    const headers = {
      'bob-signature':
        '6rARfgrNyErGj4G1sJGwkt5l2QGqTHwOl43VbNmyJYyK5gsJKhMg/rRLzEf7ivDgWex4HB0XMEluZ20eq3dbQQ==',
    };
    expect(check(sourceOf('hibob', ['test-secret']), headers, BOB)).toBe(0);
  });

  test('of Merge, with padding and without', () => {
    const signature = '4MSEzrjzt7hYZ3UZmqskZCXB0RYDCpgns6ixDt1qmTg';
    for (const given of [signature, `${signature}=`]) {
      expect(check(sourceOf('merge', ['test-secret']), { 'x-merge-webhook-signature': given }, MERGE)).toBe(
        0,
      );
    }
  });
});

describe('a signature', () => {
  const at = 1_614_265_330;

  test.each<[string, Record<string, string>, string, number]>([
    ['of a tampered body', STANDARD, '{"test": 2432232315}', at],
    ['of another id', { ...STANDARD, 'webhook-id': 'other' }, '{"test": 2432232314}', at],
    ['that is missing', { ...STANDARD, 'webhook-signature': '' }, '{"test": 2432232314}', at],
    [
      'of another version',
      { ...STANDARD, 'webhook-signature': STANDARD['webhook-signature'].replace('v1', 'v2') },
      '{"test": 2432232314}',
      at,
    ],
    ['that is too old', STANDARD, '{"test": 2432232314}', at + 301],
    ['of the future', STANDARD, '{"test": 2432232314}', at - 301],
    ['with an odd time', { ...STANDARD, 'webhook-timestamp': 'now' }, '{"test": 2432232314}', at],
  ])('%s is refused', (_what, headers, body, seconds) => {
    expect(check(standard(), headers, body, seconds)).toBeUndefined();
  });

  test('is one of several in the header, by one of several secrets', () => {
    const rotated = sourceOf('standard-webhooks', [
      'whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA',
      'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
    ]);
    const headers = { ...STANDARD, 'webhook-signature': `v1,other ${STANDARD['webhook-signature']}` };
    expect(check(rotated, headers, '{"test": 2432232314}', at)).toBe(1);
  });

  test('of a new sender is configuration only', () => {
    const verifier = {
      kind: 'signature',
      header: 'X-Sig',
      algorithm: 'sha512',
      encoding: 'hex',
      prefix: 'sha512=',
      signed: '{timestamp}:{body}',
      timestampHeader: 'x-time',
    };
    const more = { verifier, fields: { type: '/t' }, kinds: { joiner: ['hired'] } };
    const source = sourceOf('generic', ['a-long-secret'], more);
    const signature = createHmac('sha512', 'a-long-secret').update('5:{}').digest('hex').toUpperCase();
    expect(check(source, { 'x-sig': `sha512=${signature}`, 'x-time': '5' }, '{}', 6)).toBe(0);
  });

  test('that is a token is the whole header', () => {
    expect(check(sourceOf('personio', ['chosen-token']), { authorization: 'chosen-token' }, '')).toBe(0);
    expect(
      check(sourceOf('cloudevents', ['chosen-token']), { authorization: 'Bearer chosen-token' }, ''),
    ).toBe(0);
    expect(
      check(sourceOf('cloudevents', ['chosen-token']), { authorization: 'Bearer chosen-token2' }, ''),
    ).toBeUndefined();
  });
});

describe('the setting of sources', () => {
  test.each([
    ['{', 'is not JSON'],
    ['[]', 'must be a JSON object'],
    ['{"s":{"preset":"none","secrets":["12345678"]}}', 's.preset'],
    ['{"s":{"preset":"hibob","secrets":[]}}', 's.secrets'],
    [
      '{"s":{"preset":"generic","secrets":["12345678"],"fields":{"type":"/t"},"kinds":{}}}',
      'at least one type in its kinds',
    ],
    ['{"s":{"preset":"hibob","secrets":["12345678"],"timeZone":"Nowhere"}}', 's.timeZone'],
    ['{"S!":{"preset":"hibob","secrets":["12345678"]}}', 'S!'],
    ['{"s":{"preset":"generic","secrets":["12345678"]}}', 'fields and kinds'],
    ['{"s":{"preset":"standard-webhooks","secrets":["whsec_!!!!!!!!"]}}', 's.secrets.0'],
    ['{"s":{"preset":"standard-webhooks","secrets":["whsec_MTIzNDU2Nzg="]}}', 's.secrets.0'],
    ['{"s":{"preset":"finch","secrets":["no base64 at all"]}}', 's.secrets.0'],
  ])('%s is refused, with the place', (text, expected) => {
    const sources = parseSources(text);
    expect(sources).toContain(expected);
    expect(sources).not.toContain('12345678');
  });
});
