import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** A call that an app makes to storage or to Webex, as it passes. */
export interface Call {
  readonly to: 'blob' | 'queue' | 'table' | 'webex';
  /** Which host's wire it passes. */
  readonly host: number;
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly body: string;
}

export interface Answered {
  readonly status: number;
  readonly content: string;
  readonly retryAfter: string | undefined;
}

/** An answer that is given in place of the target's. */
export interface StandIn {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What is done with a call: it passes, or its connection is cut, before or after it has reached its target. */
export interface Watch {
  before(call: Call): 'pass' | 'cut' | StandIn;
  after(call: Call, answered: Answered): 'pass' | 'cut' | Promise<'pass' | 'cut'>;
}

export interface Wire {
  readonly url: string;
  /** Sends a call that was cut before, as if it had been on its way all the time. */
  resend(call: Call): Promise<void>;
  stop(): Promise<void>;
}

/** Passes HTTP calls on to a target, and lets somebody watch and cut them. */
export async function startWire(
  to: Call['to'],
  host: number,
  target: string,
  { before, after }: Watch,
): Promise<Wire> {
  const heads = new WeakMap<Call, IncomingMessage['rawHeaders']>();

  async function pass(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = 'GET', url: path = '/', rawHeaders } = incoming;
    const body = await buffer(incoming);
    const call: Call = { to, host, method, path, body: body.toString('utf8') };
    heads.set(call, rawHeaders);
    const decision = before(call);
    if (decision === 'cut') return cut();
    if (decision !== 'pass') {
      const { status, headers } = decision;
      return void response.writeHead(status, { 'content-type': 'application/json', ...headers }).end('{}');
    }
    const { answer, content } = await send(call, body);
    const status = answer.statusCode ?? 502;
    const retryAfter = answer.headers['retry-after'];
    if ((await after(call, { status, content: content.toString('utf8'), retryAfter })) === 'cut')
      return cut();
    response.writeHead(status, answer.rawHeaders).end(content);

    function cut() {
      incoming.socket.destroy();
    }
  }

  async function send(call: Call, body: Buffer) {
    const { hostname, port } = new URL(target);
    const headers = heads.get(call) ?? [];
    // A connection of its own: Azurite closes idle ones without a word.
    const sent = request({ hostname, port, path: call.path, method: call.method, headers, agent: false });
    sent.end(body);
    const [answer]: IncomingMessage[] = await once(sent, 'response');
    if (answer === undefined) throw new Error('There was no answer');
    return { answer, content: await buffer(answer) };
  }

  const server = createServer((incoming, response) => {
    // Where the target is away, or hangs up, so does the wire.
    pass(incoming, response).catch(() => incoming.socket.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    resend: async (call) => void (await send(call, Buffer.from(call.body))),
    async stop() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
