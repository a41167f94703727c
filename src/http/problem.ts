import { boundProblems, type FieldProblem } from '../platform/json.ts';
import type { Log } from '../platform/log.ts';
import { StorageUnavailable } from '../platform/storage-unavailable.ts';
import { UnknownCursor } from './cursor.ts';

/** The answer of an HTTP function. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers?: Record<string, string>;
  readonly jsonBody?: unknown;
  /** In place of JSON; its type is among the headers. */
  readonly textBody?: string;
}

/** The problem types, each with its status and title. */
export const TITLES = {
  'policy-refused': [400, 'The policy cannot be read'],
  'invalid-request': [400, 'The request is not valid'],
  'key-in-address': [401, 'A key in the address is not accepted here'],
  'signature-refused': [401, 'The signature of the request is not valid for this source'],
  'not-found': [404, 'No such license request'],
  'unknown-source': [404, 'No such HR source'],
  'no-policy': [409, 'No policy is in force'],
  'unknown-batch': [404, 'No such batch'],
  'unknown-cause': [404, 'No such cause'],
  'unknown-license': [404, 'No such license'],
  'unknown-person': [404, 'No person of this name is known'],
  'unknown-employee': [404, 'No such employee is known'],
  'unknown-override': [404, 'No such override stands'],
  'unknown-file': [404, 'No such file of the inventory'],
  'unknown-plan': [404, 'No such plan: a plan is removed after seven days'],
  'unknown-undo': [404, 'No such undo: what is known of one is removed after seven days'],
  'unknown-adoption': [404, 'No such adoption: an adoption is removed after seven days'],
  'no-drift': [404, 'No drift is computed'],
  'unknown-run': [404, 'No such inventory run'],
  'unknown-schema': [404, 'No such schema'],
  'unknown-problem': [404, 'No such problem type'],
  'nothing-managed': [409, 'The policy manages no license'],
  'no-people': [409, 'No inventory run has read the people yet'],
  'not-a-leaver': [409, 'Leaver rules take nothing from this person'],
  'ambiguous-license': [409, 'Several licenses have this name'],
  'inventory-run-open': [409, 'An inventory run is under way'],
  'not-redrivable': [409, 'The license request cannot be tried again'],
  'not-cancellable': [409, 'The license request cannot be cancelled'],
  'not-awaiting-approval': [409, 'The license request does not wait for approval'],
  'decided-meanwhile': [409, 'It is being decided at this moment; try again'],
  'too-large': [413, 'The request is too large'],
  'unsupported-media-type': [415, 'The request must be JSON, in UTF-8, without content encoding'],
  'request-id-conflict': [422, 'This requestId is taken by another request'],
  'idempotency-key-conflict': [422, 'This Idempotency-Key was used with another body'],
  'too-many-jobs': [429, 'Too many jobs are open'],
  'too-many-plans': [429, 'Too many plans are open'],
  'internal-error': [500, 'The app failed'],
  'no-hr-sources': [503, 'This app has no HR source yet; send it again'],
  'not-decided': [503, 'Nothing can be decided now; try again'],
  'webex-unavailable': [503, 'Webex does not list the licenses now; try again'],
  'organization-unknown': [503, 'Webex does not say now which organization the token has; send it again'],
  'storage-unavailable': [503, 'The request could not be stored; send it again'],
} as const;

export type ProblemKind = keyof typeof TITLES;

export const isProblemKind = (text: string): text is ProblemKind => Object.hasOwn(TITLES, text);

/** The `type` of a problem: its page is `/api/problems/<kind>`. */
export const toProblemType = (kind: ProblemKind): string => `urn:seatline:problem:${kind}`;

interface Problem {
  readonly detail?: string;
  readonly errors?: readonly FieldProblem[];
  readonly retryAfterSeconds?: number;
}

/** `application/problem+json` (RFC 9457); `errors: [{pointer, detail}]` names invalid fields. */
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
      link: `</api/problems/${kind}>; rel="help"`,
      ...(retryAfterSeconds === undefined ? {} : { 'retry-after': `${retryAfterSeconds}` }),
    },
    jsonBody: {
      type: toProblemType(kind),
      title,
      status,
      detail,
      errors: errors && boundProblems(errors),
    },
  };
}

/** For a client that got a 503. */
export const TRY_AGAIN_AFTER_SECONDS = 10;
const MAX_FRAMES = 8;

/**
 * The answer for a handler that threw. The log gets the stack without the message, which may quote input.
 * @param invocationId of the Functions host, by which the log is found
 */
export function answerFailure(error: unknown, invocationId: string, log: Log): HttpAnswer {
  if (error instanceof StorageUnavailable) {
    log.warn('storage-unavailable', { during: error.during, code: error.code });
    return toProblem('storage-unavailable', { retryAfterSeconds: TRY_AGAIN_AFTER_SECONDS });
  }
  if (error instanceof UnknownCursor)
    return toProblem('invalid-request', { detail: 'next is not a cursor that a list returned.' });
  const { name, stack = '' } = error instanceof Error ? error : new Error();
  const frames = stack.split('\n').filter((line) => /^\s+at /.test(line));
  log.warn('http-failed', { error: name, stack: frames.slice(0, MAX_FRAMES).join('\n') });
  return toProblem('internal-error', { detail: `The log says more: it is invocation ${invocationId}.` });
}
