import { describe, expect, test } from '@jest/globals';
import {
  decodeQueueMessage,
  encodeWorkMessage,
  toMessageText,
  toNewerVersion,
} from '../../../src/requests/queue-message.ts';

const request = {
  version: 1,
  requestId: 'hr-1',
  person: { email: 'ada@example.com' },
  licenses: [{ license: 'Zoë' }],
};
const target = { requestId: 'hr-4711', personKey: '0123456789abcdef01234567', fencingToken: 3 };
/** As it is sent. */
const sent = { requestId: 'hr-4711', personKey: '0123456789abcdef01234567', delivery: 3 };
const isRequest = (received: unknown) => {
  const decoded = decodeQueueMessage(received);
  return decoded.ok && decoded.value.kind === 'request' && decoded.value.request.requestId === 'hr-1';
};

describe('a queue message', () => {
  test('is read as plain JSON, parsed JSON, and base64 of JSON alike', () => {
    expect(isRequest(request)).toBe(true);
    expect(isRequest(JSON.stringify(request))).toBe(true);
    expect(isRequest(Buffer.from(JSON.stringify(request)).toString('base64'))).toBe(true);
  });

  const text = JSON.stringify(request, undefined, 2);
  const packed = (bytes: Buffer) => bytes.toString('base64');
  const utf16be = Buffer.from(`\ufeff${text}`, 'utf16le').swap16();

  test.each([
    ['with a byte order mark', `\ufeff${text}`],
    ['with CRLF', text.replaceAll('\n', '\r\n')],
    ['as a JSON text', JSON.parse(JSON.stringify(text))],
    ['as base64 with a byte order mark', packed(Buffer.from(`\ufeff${text}`))],
    ['as base64 behind a byte order mark', `\ufeff${packed(Buffer.from(text))}`],
    ['as base64 in lines', packed(Buffer.from(text)).replaceAll(/(.{76})/g, '$1\r\n')],
    ['as base64 of UTF-16, least byte first', packed(Buffer.from(`\ufeff${text}`, 'utf16le'))],
    ['as base64 of UTF-16, greatest byte first', packed(utf16be)],
  ])('is read %s', (_how, received) => {
    expect(isRequest(received)).toBe(true);
  });

  test.each([
    [
      'base64 of base64',
      packed(Buffer.from(packed(Buffer.from(text)))),
      /^is base64 of base64: encode it once/,
    ],
    [
      'base64 of base64 in lines',
      packed(Buffer.from(packed(Buffer.from(text)).replaceAll(/(.{76})/g, '$1\n'))),
      /^is base64 of base64/,
    ],
    ['UTF-16 without a mark', packed(Buffer.from(text, 'utf16le')), /UTF-16 text without a byte order mark/],
    ['base64 of words', packed(Buffer.from('please give Ada a license')), /^is not valid JSON$/],
    ['words', 'please', /^is n/],
  ])('that is %s is refused by that name', (_what, received, detail) => {
    const decoded = decodeQueueMessage(received);
    expect(decoded.ok ? [] : decoded.problems).toMatchObject([{ detail: expect.stringMatching(detail) }]);
  });

  test('of our own is ASCII, and read back', () => {
    const targets = [target, { ...target, requestId: 'hr-4712' }];
    const text = encodeWorkMessage(targets);
    expect(text).toMatch(/^[\x20-\x7e]+$/);
    expect(decodeQueueMessage(JSON.parse(text))).toEqual({
      ok: true,
      value: { kind: 'work', targets },
    });
  });

  test('of our own is read with members that a newer version added', () => {
    const message = { version: 1, due: [{ ...sent, priority: 2 }], sentBy: 'x' };
    expect(decodeQueueMessage(message)).toEqual({ ok: true, value: { kind: 'work', targets: [target] } });
  });

  test.each<[string, unknown]>([
    ['a day', '2026-12-01'],
    ['a list', [{ day: '2026-12-01' }]],
    ['nothing', null],
    ['what ours hold', [sent]],
  ])('that names a person and has a member "due" with %s is no work message', (_what, due) => {
    const decoded = decodeQueueMessage({ ...request, due });
    expect(decoded).toEqual({
      ok: false,
      problems: [{ pointer: '', detail: 'has unknown members: due' }],
    });
  });

  test.each<[string, object, number | undefined]>([
    ['a newer version', { version: 2, anything: [] }, 2],
    ['this version', request, undefined],
    ['no version', { person: {} }, undefined],
    ['a version that is text', { version: '2' }, undefined],
    ['a version between two', { version: 1.5 }, undefined],
  ])('of %s tells whether it is of a newer one', (_what, message, version) => {
    expect(toNewerVersion(message)).toBe(version);
  });

  test.each<[string, unknown]>([
    ['a number', 123],
    ['what the library makes of digits', Number.POSITIVE_INFINITY],
    ['true', true],
    ['null', null],
    ['an array', [request]],
    ['text', 'please give Ada a license'],
    ['an empty text', ''],
    ['text in the alphabet of base64', 'hello'],
    ['base64 of no UTF-8', Buffer.from([0xff, 0xfe, 0xfd]).toString('base64')],
    ['a work message with a text for its number', { version: 1, due: [{ ...sent, delivery: '0' }] }],
    ['a work message for nothing', { version: 1, due: [] }],
    ['a work message for too many', { version: 1, due: Array.from({ length: 9 }, () => sent) }],
    ['a deep array', { ...request, reason: JSON.parse('['.repeat(5_000) + ']'.repeat(5_000)) }],
  ])('that is %s is refused with a reason', (_what, received) => {
    const decoded = decodeQueueMessage(received);
    expect(decoded.ok).toBe(false);
    expect(decoded.ok || decoded.problems.length).toBeGreaterThan(0);
    expect(typeof toMessageText(received)).toBe('string');
  });

  test.each([' ', 'a', 'a ', '\n', '+\t', '='])('is refused in no time where it is 60,000 of %j', (text) => {
    const startedAt = performance.now();
    for (const end of ['', '!', '=='])
      expect(decodeQueueMessage(text.repeat(60_000 / text.length) + end).ok).toBe(false);
    expect(performance.now() - startedAt).toBeLessThan(1_000);
  });
});
