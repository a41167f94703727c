import { describe, expect, test } from '@jest/globals';
import { toHttpInput } from '../../../../../infra/local/host/http-request.ts';
import { toSetCookie } from '../../../../../infra/local/host/http-response.ts';
import { isAuthorized } from '../../../../../infra/local/host/keys.ts';
import { toTraceContext } from '../../../../../infra/local/host/trace.ts';

describe('a request', () => {
  const request = {
    method: 'POST',
    url: new URL('http://localhost:7071/api/people/7?a=1&a=2&code=secret'),
    headers: { host: 'localhost:7071', 'content-length': '9' },
    params: { id: '7' },
    body: Buffer.from('{"b":"x"}'),
  };

  test('reaches the worker with every part of it', () => {
    expect(toHttpInput(request).http).toEqual({
      method: 'POST',
      url: 'http://localhost:7071/api/people/7?a=1&a=2&code=secret',
      nullableHeaders: { host: { value: 'localhost:7071' }, 'content-length': { value: '9' } },
      nullableQuery: { a: { value: '1,2' }, code: { value: 'secret' } },
      nullableParams: { id: { value: '7' } },
      body: { bytes: request.body },
    });
  });

  test('has no body where it said no length', () => {
    expect(toHttpInput({ ...request, body: undefined }).http).not.toHaveProperty('body');
  });
});

describe('a cookie', () => {
  test('is written as ASP.NET does', () => {
    expect(toSetCookie({ name: 'a', value: 'b c' })).toBe('a=b%20c; path=/');
    expect(
      toSetCookie({
        name: 'a',
        value: 'b',
        path: { value: '/x' },
        domain: { value: 'example.com' },
        expires: { value: { seconds: 0 } },
        maxAge: { value: 60 },
        secure: { value: true },
        httpOnly: { value: true },
        sameSite: 'explicitNone',
      }),
    ).toBe(
      'a=b; expires=Thu, 01 Jan 1970 00:00:00 GMT; max-age=60; domain=example.com; path=/x; secure; samesite=none; httponly',
    );
  });
});

describe('a key', () => {
  const keys = { master: 'the-master', host: 'the-host' };
  test.each<['anonymous' | 'function' | 'admin', string | undefined, string | null, boolean]>([
    ['anonymous', undefined, null, true],
    ['anonymous', 'wrong', null, true],
    ['function', undefined, null, false],
    ['function', 'the-host', null, true],
    ['function', 'the-master', null, true],
    ['function', undefined, 'the-host', true],
    ['function', 'wrong', 'the-host', false],
    ['function', 'the-hos', null, false],
    ['admin', 'the-host', null, false],
    ['admin', undefined, 'the-master', true],
  ])('for level %s with header %s and code %s opens: %s', (level, header, code, isOpen) => {
    expect(isAuthorized(level, { header, code }, keys)).toBe(isOpen);
  });
});

describe('the trace', () => {
  const given = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
  const hex = (bytes: number) => 'ab'.repeat(bytes);

  test('is the caller’s where it gave one', () => {
    expect(toTraceContext({ traceParent: given, traceState: 'a=1' }, hex)).toEqual({
      traceParent: given,
      traceState: 'a=1',
      attributes: {},
    });
  });

  test.each([undefined, 'nonsense'])('is a new one for %s', (traceParent) => {
    expect(toTraceContext({ traceParent, traceState: 'a=1' }, hex)).toEqual({
      traceParent: `00-${'ab'.repeat(16)}-${'ab'.repeat(8)}-01`,
      traceState: '',
      attributes: {},
    });
  });
});
