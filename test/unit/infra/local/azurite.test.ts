import { describe, expect, test } from '@jest/globals';
import { createUrlReader } from '../../../../infra/local/azurite.ts';

const line = (service: string, port: number) =>
  `Azurite ${service} service is successfully listening at http://127.0.0.1:${port}\n`;
const REQUESTS = '127.0.0.1 - - "GET /devstoreaccount1/requests HTTP/1.1" 200 -\n'.repeat(1_000);
const urls = {
  blob: 'http://127.0.0.1:1001',
  queue: 'http://127.0.0.1:1002',
  table: 'http://127.0.0.1:1003',
};

/** All that was printed, in pieces of this size. */
function read(text: string, size: number) {
  const readUrls = createUrlReader();
  let found: ReturnType<typeof readUrls>;
  for (let at = 0; at < text.length; at += size) found = readUrls(text.slice(at, at + size));
  return found;
}

describe('the URLs of Azurite', () => {
  test.each([1, 7, 64, 100_000])('are read where requests come between, in pieces of %i letters', (size) => {
    const text = [line('Blob', 1001), REQUESTS, line('Queue', 1002), REQUESTS, line('Table', 1003)].join('');
    expect(read(text, size)).toEqual(urls);
  });

  test('are not known before the last service listens', () => {
    expect(read(`${line('Blob', 1001)}${line('Queue', 1002)}${REQUESTS}`, 64)).toBeUndefined();
  });
});
