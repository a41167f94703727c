import { boundProblems, type FieldProblem } from '../platform/json.ts';

/** An answer to an HTTP request, as a function returns it. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers?: Record<string, string>;
  readonly jsonBody?: unknown;
}

/** The named conditions that the HTTP functions answer with. */
const TITLES = {
  'invalid-request': [400, 'The request is not valid'],
  'key-in-address': [401, 'A key in the address is not looked at here'],
  'signature-refused': [401, 'The request is not signed as this source signs'],
  'not-found': [404, 'No such license request'],
  'unknown-source': [404, 'No such HR source'],
  'unknown-run': [404, 'No such inventory run'],
  'inventory-run-open': [409, 'An inventory run is under way'],
  'not-redrivable': [409, 'The license request cannot be tried again'],
  'not-cancellable': [409, 'The license request cannot be cancelled'],
  'too-large': [413, 'The request is too large'],
  'unsupported-media-type': [415, 'The request must be JSON, in UTF-8, without content encoding'],
  'request-id-conflict': [422, 'This requestId is taken by another request'],
  'idempotency-key-conflict': [422, 'This Idempotency-Key was used with another body'],
  'internal-error': [500, 'The app failed'],
  'no-hr-sources': [503, 'This app knows no HR source yet; send it again'],
  'organization-unknown': [
    503,
    'Webex cannot be asked now of which organization the token is; send it again',
  ],
  'storage-unavailable': [503, 'The request could not be stored; send it again'],
} as const;

export type ProblemKind = keyof typeof TITLES;

export interface Problem {
  readonly detail?: string;
  readonly errors?: readonly FieldProblem[];
  readonly retryAfterSeconds?: number;
}

/** `application/problem+json` (RFC 9457), with `errors: [{pointer, detail}]` where fields are at fault. */
export function toProblem(
  kind: ProblemKind,
  { detail, errors, retryAfterSeconds }: Problem = {},
): HttpAnswer {
  const [status, title] = TITLES[kind];
  return {
    status,
    headers: {
      'content-type': 'application/problem+json',
      'cache-control': 'no-store',
      ...(retryAfterSeconds === undefined ? {} : { 'retry-after': `${retryAfterSeconds}` }),
    },
    jsonBody: {
      type: `urn:seatline:problem:${kind}`,
      title,
      status,
      detail,
      errors: errors && boundProblems(errors),
    },
  };
}
