import { once } from 'node:events';
import { type ClientRequest, request } from 'node:http';
import type { AppStack } from './start-app.ts';
import { json } from './use-app.ts';

export interface Sent {
  /** `POST` where it is left out. */
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A request of one license that changes nothing. */
export const dryRun = (requestId: string, more: object = {}) => ({
  requestId,
  person: { email: 'ada@example.com' },
  licenses: [{ license: 'Advanced Messaging' }],
  dryRun: true,
  ...more,
});

/** The answer to a request whose body may be on its way still. */
export async function toAnswer(outgoing: ClientRequest) {
  const [answer] = await once(outgoing, 'response');
  let text = '';
  for await (const chunk of answer) text += chunk;
  const body = text && JSON.parse(text);
  return { status: answer.statusCode, headers: answer.headers, text, body };
}

/** Asks the app byte by byte, as no HTTP library would. */
export function createHttp(stack: () => AppStack) {
  function open(path: string, { method = 'POST', headers = json }: Sent = {}): ClientRequest {
    const outgoing = request(`${stack().apiUrl}${path}`, { method, headers });
    outgoing.on('error', () => {});
    return outgoing;
  }
  return {
    open,
    /** A body is sent with its length. */
    ask: (path: string, sent: Sent = {}, body?: string) => toAnswer(open(path, sent).end(body)),
    /** Sends a body without a length, 40 letters at a time. */
    async sendInChunks(path: string, body: string, sent?: Sent) {
      const outgoing = open(path, sent);
      for (let at = 0; at < body.length; at += 40) outgoing.write(body.slice(at, at + 40));
      outgoing.end();
      return toAnswer(outgoing);
    },
  };
}
