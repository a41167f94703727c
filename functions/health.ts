import { toProblem } from '../src/http/problem.ts';
import { httpFunction } from './http-function.ts';

/**
 * Anonymous: that the app is alive, and nothing about what it depends on. Only the host can tell whether a key is
 * right, so a request that brings one in a header is sent on to where it is asked for. One that stands in the address
 * goes into no answer: logs on the way keep those.
 */
httpFunction('health', {
  methods: ['GET'],
  route: 'health',
  authLevel: 'anonymous',
  handler: ({ headers, url }) => {
    const { pathname, searchParams } = new URL(url);
    const location = `${pathname.replace(/\/$/, '')}/dependencies`;
    if (headers.has('x-functions-key')) return { status: 307, headers: { location } };
    if (searchParams.has('code'))
      return toProblem('key-in-address', {
        detail: `Send it in the header x-functions-key, or ask ${location}.`,
      });
    return { status: 200, headers: { 'cache-control': 'no-store' }, jsonBody: { status: 'alive' } };
  },
});
