import { expect, test } from '@jest/globals';
import { createReceiveHrEvent } from '../../../src/hr/receive.ts';
import { parseSources } from '../../../src/hr/sources/sources.ts';
import { toBody } from '../../memory/body.ts';

const log = { info() {}, warn() {}, error() {} };
const never = () => Promise.reject(new Error('nothing is kept of what is refused'));

test.each([
  ['says', 262_145, '262145', 413],
  ['does not say', 262_145, null, 413],
  ['says less than', 262_145, '2', 413],
  ['says, and is as long as may be', 262_144, '262144', 401],
])('a webhook that %s its length is read up to the limit', async (_what, bytes, length, status) => {
  const sources = parseSources('{"bob":{"preset":"hibob","secrets":["12345678"]}}');
  if (typeof sources === 'string') throw new Error(sources);
  const receive = createReceiveHrEvent({
    sources,
    events: { add: never },
    batches: { keep: never },
    workQueue: { send: never, sendBatch: never },
    clock: () => new Date(),
    measureClock: async () => {},
  });
  const headers = { get: (name: string) => (name === 'content-length' ? length : null) };
  const body = toBody(new Uint8Array(bytes).fill(32));
  const answer = await receive('bob', { url: 'http://localhost/', method: 'POST', headers, body }, log);
  expect(answer.status).toBe(status);
});
