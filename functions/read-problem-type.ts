import { readProblemType } from '../src/http/problem-page.ts';
import { httpFunction } from './http-function.ts';

/** Anonymous: a person reads it in a browser. */
httpFunction('read-problem-type', {
  methods: ['GET'],
  route: 'problems/{type}',
  authLevel: 'anonymous',
  handler: ({ params }) => readProblemType(params.type ?? ''),
});
