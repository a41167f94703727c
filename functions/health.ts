import { toProblem } from '../src/http/problem.ts';
import { httpFunction } from './http-function.ts';

/**
 * Anonymous: says that the app is alive, and nothing about its dependencies. Only the host can check a key: a request
 * with a key in its header is redirected to the function that requires one. A key in the address is refused: logs on
 * the way keep addresses.
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
