import { describe, expect, test } from '@jest/globals';
import fetch from 'node-fetch';
import { json, key, testPrivateLog, useApp, wants } from './use-app.ts';

/** License requests over HTTP, at the built app. */
const { stack, logged, post, get, waitForState, countPatches } = useApp({
  settings: { RETRY_BASE_SECONDS: '1', PERSON_NOT_FOUND_DELAYS_SECONDS: '1' },
});

describe('a license request over HTTP', () => {
  test('is accepted, performed, and shown with its history', async () => {
    const accepted = await post(wants('http-1'));
    expect(accepted.status).toBe(202);
    expect(accepted.headers.get('location')).toBe('/api/license-requests/http-1');
    expect(accepted.headers.get('retry-after')).toBe('2');
    const done = await waitForState('http-1', 'succeeded');
    expect(done.results).toMatchObject([
      { license: 'Advanced Messaging', operation: 'add', result: 'assigned' },
    ]);
    expect(done.history.map(({ state }) => state)).toEqual(['accepted', 'working', 'succeeded']);
    expect(done.attempts).toBe(1);
  });

  test('is kept by no cache that several callers share, nor is an answer that it is not there', async () => {
    await post(wants('http-cached'));
    await waitForState('http-cached', 'succeeded');
    const keptBy = async (path: string) =>
      (await fetch(`${stack().apiUrl}/${path}`, { headers: key })).headers.get('cache-control');
    expect(await keptBy('license-requests/http-cached')).toBe('private, no-cache');
    for (const path of [
      'license-requests?person=ada@example.com',
      'license-requests/nobody-asked',
      'hr-events?state=applied',
      'hr-events/none',
      'inventory/runs/none',
    ])
      expect([path, await keptBy(path)]).toEqual([path, 'no-store']);
  });

  test('is answered 304 while it has not moved', async () => {
    await post(wants('http-etag'));
    await waitForState('http-etag', 'succeeded');
    const { etag } = await get('http-etag');
    expect((await get('http-etag', { ...key, 'if-none-match': etag })).status).toBe(304);
    expect((await get('http-etag', { ...key, 'if-none-match': '"other"' })).status).toBe(200);
  });

  test('comes in a batch, which is taken whole or not at all', async () => {
    const refused = await post({ requests: [wants('batch-1'), { person: {} }, wants('batch-1')] });
    expect(refused.status).toBe(400);
    expect(refused.headers.get('content-type')).toBe('application/problem+json');
    expect(refused.body.errors.map(({ pointer }: { pointer: string }) => pointer)).toEqual(
      expect.arrayContaining(['/requests/1/person', '/requests/1/licenses']),
    );
    expect((await get('batch-1')).status).toBe(404);
    const accepted = await post({ requests: [wants('batch-1'), wants(undefined, 'vint@example.com')] });
    expect(accepted.status).toBe(202);
    for (const { requestId } of accepted.body.requests) await waitForState(requestId, 'succeeded');
  });

  test.each<[string, unknown, Record<string, string>, number]>([
    ['without a key', wants('no'), { 'content-type': 'application/json' }, 401],
    ['of another content type', wants('no'), { ...key, 'content-type': 'text/plain' }, 415],
    ['with a content encoding', wants('no'), { ...json, 'content-encoding': 'gzip' }, 415],
    ['that is not UTF-8', Buffer.from([0x22, 0xff, 0x22]), json, 415],
    ['that is not JSON', '{"person"', json, 400],
    ['that is an array', [wants('no')], json, 400],
    ['with an empty batch', { requests: [] }, json, 400],
    ['over 1 MiB', `"${'x'.repeat(1_048_576)}"`, json, 413],
    [
      'for an organization that is not allowed',
      wants('no', 'ada@example.com', { orgId: 'other' }),
      json,
      400,
    ],
    ['with an odd Idempotency-Key', wants('no'), { ...json, 'idempotency-key': 'a b' }, 400],
  ])('%s is refused, and nothing is kept', async (_what, body, headers, status) => {
    expect((await post(body, headers)).status).toBe(status);
    expect((await get('no')).status).toBe(404);
  });

  test('sent again with its Idempotency-Key is the same one; with another body it is refused', async () => {
    const headers = { ...json, 'idempotency-key': 'key-1' };
    const first = await post({ requests: [wants(undefined), wants(undefined, 'vint@example.com')] }, headers);
    const again = await post({ requests: [wants(undefined), wants(undefined, 'vint@example.com')] }, headers);
    for (const { requestId } of first.body.requests) await waitForState(requestId, 'succeeded');
    const idsOf = ({ body }: typeof first) =>
      body.requests.map(({ requestId }: { requestId: string }) => requestId);
    expect(idsOf(again)).toEqual(idsOf(first));
    const other = await post({ requests: [wants(undefined)] }, headers);
    expect(other).toMatchObject({
      status: 422,
      body: { type: 'urn:seatline:problem:idempotency-key-conflict' },
    });
  });

  test('sent again with its requestId is performed once; with another content it is refused', async () => {
    const request = wants('again', 'sophie@example.com');
    await post(request);
    expect((await post(request)).status).toBe(202);
    await waitForState('again', 'succeeded');
    expect((await post(request)).body.state).toBe('succeeded');
    const other = await post(wants('again', 'grace@example.com'));
    expect(other).toMatchObject({ status: 422, body: { errors: [{ pointer: '/requestId' }] } });
    expect(countPatches('sophie@example.com')).toBe(1);
  });
});

testPrivateLog(logged);
