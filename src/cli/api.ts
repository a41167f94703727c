import * as z from 'zod';
import type { HttpAnswer, HttpCall, NoWholeAnswer } from '../platform/http-client.ts';
import { pauseSchema, sayPause } from './pause-text.ts';
import { createProgressLines, sayWhile } from './progress-lines.ts';
import { toPrintable } from './terminal.ts';

/** A command failed. The message is printed as it is. */
export class ApiFailure extends Error {
  override readonly name = 'ApiFailure';

  constructor(...lines: readonly string[]) {
    super(lines.map(toPrintable).join('\n'));
  }
}

/** What was given cannot be done: an option, or a file, has to be corrected. Nothing was sent. */
export class UsageFailure extends ApiFailure {}

interface FieldProblem {
  readonly pointer: string;
  readonly detail: string;
}

/** The app answered with a problem. */
export class RefusedCall extends ApiFailure {
  readonly status: number;
  /** The fields of the body that are wrong. */
  readonly errors: readonly FieldProblem[];

  constructor(status: number, errors: readonly FieldProblem[], ...lines: readonly string[]) {
    super(...lines);
    this.status = status;
    this.errors = errors;
  }
}

/** Calls of the HTTP functions. Each returns the parsed body, and throws an {@link ApiFailure} for another status. */
export interface Api {
  /** @param statuses the expected ones */
  get<T>(path: string, schema: z.ZodType<T>, statuses?: readonly number[]): Promise<T>;
  /** The body as text, of a file. */
  getText(path: string): Promise<string>;
  /** @param call `status`: the expected one, or several */
  post<T>(
    path: string,
    schema: z.ZodType<T>,
    call: { body?: unknown; status: number | readonly number[] },
  ): Promise<T>;
  put<T>(path: string, schema: z.ZodType<T>, call: { body: unknown; status: number }): Promise<T>;
  delete<T>(path: string, schema: z.ZodType<T>): Promise<T>;
  /** Posts a body as an HR system does: with what proves the sender in place of the key. */
  postSigned(path: string, signed: SignedBody): Promise<{ readonly status: number; readonly body: unknown }>;
}

export interface SignedBody {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

type Method = HttpCall['method'];

const TIMEOUT_MS = 30_000;
const MAX_ANSWER_BYTES = 64 * 1_024 * 1_024;

/** @param url the base of the HTTP functions, such as `http://127.0.0.1:7071/api` */
export function createApi({ url, key }: { url: string; key: string }): Api {
  const base = url.replace(/(?<!\/)\/+$/, '');
  if (!/^https?:$/.test(URL.canParse(base) ? new URL(base).protocol : ''))
    throw new UsageFailure(
      `--url must be an http or https URL, such as http://127.0.0.1:7071/api, and is "${url}".`,
    );
  return {
    async get(path, schema, statuses = [200]) {
      const answer = await call('GET', path);
      if (!statuses.includes(answer.status)) throw toFailure(answer.status, toJson(path, answer));
      return schema.parse(toJson(path, answer));
    },
    async getText(path) {
      const answer = await call('GET', path);
      if (answer.status !== 200) throw toFailure(answer.status, toJson(path, answer));
      return answer.body;
    },
    post: (path, schema, sent) => send('POST', path, schema, sent),
    put: (path, schema, sent) => send('PUT', path, schema, sent),
    delete: (path, schema) => send('DELETE', path, schema, { status: 200 }),
    async postSigned(path, signed) {
      const answer = await exchange('POST', path, signed);
      return { status: answer.status, body: toJson(path, answer) };
    },
  };

  async function send<T>(
    method: Method,
    path: string,
    schema: z.ZodType<T>,
    sent: { body?: unknown; status: number | readonly number[] },
  ): Promise<T> {
    const answer = await call(method, path, sent.body);
    if (![sent.status].flat().includes(answer.status)) throw toFailure(answer.status, toJson(path, answer));
    return schema.parse(toJson(path, answer));
  }

  async function call(method: Method, path: string, body?: unknown) {
    const answer = await exchange(method, path, {
      headers: { 'x-functions-key': key, ...(body !== undefined && { 'content-type': 'application/json' }) },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    if (answer.status === 401) throw new ApiFailure('The key is not accepted: set SEATLINE_KEY or --key.');
    return answer;
  }

  async function exchange(method: Method, path: string, sent: Pick<HttpCall, 'headers' | 'body'>) {
    // A URL drops these segments: the call would reach another function.
    const [route = ''] = path.split('?');
    if (route.split('/').some((part, index) => index > 0 && ['', '.', '..'].includes(part)))
      throw new UsageFailure(`An empty text, "." and ".." are no ids.`);
    const { callHttp, NoWholeAnswer } = await import('../platform/http-client.ts');
    const limits = { timeoutMs: TIMEOUT_MS, maxBytes: MAX_ANSWER_BYTES };
    const called = callHttp(`${base}${path}`, { method, ...limits, ...sent });
    return sayWhile(`${base} has not answered yet`, called).catch((error: unknown) => {
      throw error instanceof NoWholeAnswer ? toUnanswered(base, error) : error;
    });
  }

  function toJson(path: string, { status, body }: HttpAnswer): unknown {
    try {
      return JSON.parse(body);
    } catch {
      throw new ApiFailure(
        `${base}${path} answered ${status} without JSON. Is --url right? It ends with /api, as http://127.0.0.1:7071/api does.`,
      );
    }
  }
}

const pageSchema = z.object({
  items: z.array(z.unknown()),
  next: z.string().optional(),
  pause: pauseSchema.optional(),
});

/** The items of a list, page by page. A pause is said first. */
export async function* getPages(
  api: Api,
  path: string,
  filter: Readonly<Record<string, string>>,
): AsyncGenerator<readonly unknown[]> {
  let isSaid = false;
  let found = 0;
  const sayProgress = createProgressLines({ isCalm: true });
  for (let query: string | undefined = `?${new URLSearchParams(filter)}`; query !== undefined; ) {
    const page: z.output<typeof pageSchema> = await api.get(`${path}${query}`, pageSchema);
    if (!isSaid) sayPause(page.pause);
    isSaid = true;
    found += page.items.length;
    yield page.items;
    query = page.next;
    if (query !== undefined && page.items.length === 0) sayProgress(`${found} found so far`);
  }
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

/** The commands that make a call which a problem advises. */
const COMMANDS: readonly (readonly [call: string, command: string])[] = [
  ['POST /api/inventory/runs', 'seatline inventory run'],
  ['GET /api/licenses', 'seatline licenses'],
];
const toCommands = (detail: string): string =>
  COMMANDS.reduce((text, [call, command]) => text.replaceAll(call, command), detail);

/** The failure in a problem document. */
function toFailure(status: number, body: unknown): ApiFailure {
  const problem = problemSchema.safeParse(body);
  if (!problem.success) return new ApiFailure(`The app answered ${status}.`);
  const { title, detail, errors = [] } = problem.data;
  const lines = errors.map((error) => `  ${error.pointer || '(whole body)'} ${error.detail}`);
  return new RefusedCall(status, errors, `${title}.${detail ? ` ${toCommands(detail)}` : ''}`, ...lines);
}
