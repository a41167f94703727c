import * as z from 'zod';
import { callHttp, NoWholeAnswer } from '../platform/http-client.ts';
import { toPrintable } from './terminal.ts';

/** A command that cannot do what was asked for; its message is for the person at the terminal, ready to be printed. */
export class ApiFailure extends Error {
  override readonly name = 'ApiFailure';

  constructor(...lines: readonly string[]) {
    super(lines.map(toPrintable).join('\n'));
  }
}

export interface Api {
  /** @returns status and JSON body, whatever the status; {@link ApiFailure} where there is no such answer */
  call(method: 'GET' | 'POST', path: string, body?: unknown): Promise<{ status: number; body: unknown }>;
}

const TIMEOUT_MS = 30_000;
const MAX_ANSWER_BYTES = 64 * 1_024 * 1_024;

/** @param url the base of the HTTP functions, such as `http://127.0.0.1:7071/api` */
export function createApi({ url, key }: { url: string; key: string }): Api {
  const base = url.replace(/(?<!\/)\/+$/, '');
  if (!/^https?:$/.test(URL.canParse(base) ? new URL(base).protocol : ''))
    throw new ApiFailure(
      `--url must be an http or https URL, such as http://127.0.0.1:7071/api, and is "${url}".`,
    );
  return {
    async call(method, path, body) {
      // A URL drops these, and the call would be another one.
      const [route = ''] = path.split('?');
      if (route.split('/').some((part, index) => index > 0 && ['', '.', '..'].includes(part)))
        throw new ApiFailure(`An empty text, "." and ".." are no ids.`);
      const answer = await callHttp(`${base}${path}`, {
        method,
        timeoutMs: TIMEOUT_MS,
        maxBytes: MAX_ANSWER_BYTES,
        headers: {
          'x-functions-key': key,
          ...(body !== undefined && { 'content-type': 'application/json' }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      }).catch((error: unknown) => {
        throw error instanceof NoWholeAnswer ? toUnanswered(base, error) : error;
      });
      if (answer.status === 401) throw new ApiFailure('The key is not accepted: set SEATLINE_KEY or --key.');
      try {
        return { status: answer.status, body: JSON.parse(answer.body) };
      } catch {
        throw new ApiFailure(`${base}${path} answered ${answer.status} without JSON. Is --url right?`);
      }
    },
  };
}

function toUnanswered(base: string, { code }: NoWholeAnswer): ApiFailure {
  if (code === 'TOO_LARGE') return new ApiFailure(`${base} answered with more than 64 MiB. Is --url right?`);
  if (code === 'TIMEOUT') return new ApiFailure(`${base} did not answer within 30 s.`);
  return new ApiFailure(`${base} does not answer (${code}). Is it running, and is --url right?`);
}

const problemSchema = z.object({
  title: z.string(),
  detail: z.string().optional(),
  errors: z.array(z.object({ pointer: z.string(), detail: z.string() })).optional(),
});

/** The failure that an answer tells by a problem document. */
export function toFailure({ status, body }: { status: number; body: unknown }): ApiFailure {
  const problem = problemSchema.safeParse(body);
  if (!problem.success) return new ApiFailure(`The app answered ${status}.`);
  const { title, detail, errors = [] } = problem.data;
  const lines = errors.map((error) => `  ${error.pointer || '(whole body)'} ${error.detail}`);
  return new ApiFailure(`${title}.${detail ? ` ${detail}` : ''}`, ...lines);
}
