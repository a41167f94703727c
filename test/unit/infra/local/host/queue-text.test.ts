import { describe, expect, test } from '@jest/globals';
import { decodeMessage } from '../../../../../infra/local/host/message-text.ts';
import { toQueueMetadata, toTypedMetadata } from '../../../../../infra/local/host/trigger-metadata.ts';

const message = {
  messageId: 'the-id',
  popReceipt: 'the-receipt',
  dequeueCount: 2,
  insertedOn: new Date('2026-11-24T13:00:00Z'),
  expiresOn: new Date('2026-12-01T13:00:00Z'),
  nextVisibleOn: new Date('2026-11-24T13:10:00Z'),
};

describe('a queue message', () => {
  test('gives its facts as text, with times that have an offset', () => {
    expect(toQueueMetadata(message, 'plain')).toEqual({
      QueueTrigger: 'plain',
      DequeueCount: '2',
      Id: 'the-id',
      PopReceipt: 'the-receipt',
      InsertionTime: '2026-11-24T13:00:00.000+00:00',
      ExpirationTime: '2026-12-01T13:00:00.000+00:00',
      NextVisibleTime: '2026-11-24T13:10:00.000+00:00',
    });
  });

  test('hides its facts by members of its own, whatever their case', () => {
    const text = JSON.stringify({
      ID: 'forged',
      dequeuecount: 9,
      person: { email: 'a' },
      list: [1],
      none: null,
    });
    expect(toQueueMetadata(message, text)).toMatchObject({
      Id: 'forged',
      DequeueCount: '9',
      person: { email: 'a' },
    });
    expect(Object.keys(toQueueMetadata(message, text))).not.toEqual(
      expect.arrayContaining([expect.stringMatching(/^(ID|dequeuecount|list|none)$/)]),
    );
  });

  test.each(['[{"id":1}]', '{broken', '"text"', '17', ''])('has no members in %s', (text) => {
    expect(toQueueMetadata(message, text)).toMatchObject({ Id: 'the-id', QueueTrigger: text });
  });

  test('is sent as text or JSON', () => {
    expect(toTypedMetadata({ a: 'x', b: { c: 1 } })).toEqual({ a: { string: 'x' }, b: { json: '{"c":1}' } });
  });

  test.each<[string, 'base64' | 'none', string | undefined]>([
    ['{"a":1}', 'none', '{"a":1}'],
    ['eyJhIjoxfQ==', 'none', 'eyJhIjoxfQ=='],
    ['eyJhIjoxfQ==', 'base64', '{"a":1}'],
    ['aMOp', 'base64', 'hé'],
    ['{"a":1}', 'base64', undefined],
    ['abcde', 'base64', undefined],
    ['', 'base64', ''],
  ])('%s with the encoding %s is read as %s', (text, encoding, read) => {
    expect(decodeMessage(text, encoding)).toBe(read);
  });
});
