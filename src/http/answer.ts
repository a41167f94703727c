import type { Log } from '../platform/log.ts';
import { StorageUnavailable } from '../platform/storage-unavailable.ts';
import { UnknownCursor } from '../platform/unknown-cursor.ts';
import { type HttpAnswer, toProblem } from './problem.ts';

const TRY_AGAIN_AFTER_SECONDS = 10;
const MAX_FRAMES = 8;

/**
 * The answer to a request whose handler threw. With HTTP streaming nothing else answers: the caller would wait for minutes.
 * The log has where it was thrown; the message may quote what was read, and stays out.
 */
export function answerFailure(error: unknown, invocationId: string, log: Log): HttpAnswer {
  if (error instanceof StorageUnavailable) {
    log.warn('storage-unavailable', { during: error.during, code: error.code });
    return toProblem('storage-unavailable', { retryAfterSeconds: TRY_AGAIN_AFTER_SECONDS });
  }
  if (error instanceof UnknownCursor)
    return toProblem('invalid-request', { detail: 'next is not one that a list said.' });
  const { name, stack = '' } = error instanceof Error ? error : new Error();
  const frames = stack.split('\n').filter((line) => /^\s+at /.test(line));
  log.warn('http-failed', { error: name, stack: frames.slice(0, MAX_FRAMES).join('\n') });
  return toProblem('internal-error', { detail: `The log says more: it is invocation ${invocationId}.` });
}
