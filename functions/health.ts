import { httpFunction } from './http-function.ts';

/**
 * Anonymous: that the app is alive, and nothing about what it depends on. Only the host can tell whether a key is
 * right, so a request that brings one is sent on to where it is asked for.
 */
httpFunction('health', {
  methods: ['GET'],
  route: 'health',
  authLevel: 'anonymous',
  handler: ({ headers, url }) => {
    const { pathname, search, searchParams } = new URL(url);
    const hasKey = headers.has('x-functions-key') || searchParams.has('code');
    return hasKey
      ? { status: 307, headers: { location: `${pathname.replace(/\/$/, '')}/dependencies${search}` } }
      : { status: 200, headers: { 'cache-control': 'no-store' }, jsonBody: { status: 'alive' } };
  },
});
