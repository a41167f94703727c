import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Azurite } from '../infra/local/azurite.ts';

/** What the gate does with a call: undefined lets it pass, `drop` cuts its connection, a status is answered. */
export type Gatekeeper = (call: {
  readonly service: keyof Azurite['urls'];
  readonly method: string;
  readonly path: string;
}) => 'drop' | { readonly status: number; readonly code: string } | undefined;

export interface StorageGate {
  /** As Azurite's, by way of the gate. */
  readonly connectionString: string;
  /** From now on; all calls pass at first. */
  keep(gatekeeper: Gatekeeper): void;
  open(): void;
  /** From now on storage's clock seems to be ahead of this machine's by so much, to those who read the `Date` of answers. */
  setClockAhead(byMs: number): void;
  stop(): Promise<void>;
}

/** Stands before Azurite as an unreliable network and a service that refuses. */
export async function startStorageGate({ connectionString, urls }: Azurite): Promise<StorageGate> {
  const open: Gatekeeper = () => undefined;
  let gatekeeper = open;
  let aheadMs = 0;
  const toHeader = (text: string, index: number, all: readonly string[]) =>
    index % 2 === 1 && all[index - 1]?.toLowerCase() === 'date'
      ? new Date(Date.now() + aheadMs).toUTCString()
      : text;
  const servers: Server[] = [];
  let gated = connectionString;
  for (const service of ['blob', 'queue', 'table'] as const) {
    const server = createServer((incoming, outgoing) => {
      const { method = 'GET', url: path = '/', headers } = incoming;
      const decision = gatekeeper({ service, method, path });
      if (decision === 'drop') return void incoming.socket.destroy();
      if (decision) {
        incoming.resume();
        outgoing.writeHead(decision.status, {
          'content-type': 'application/xml',
          'x-ms-error-code': decision.code,
        });
        return void outgoing.end(`<?xml version="1.0"?><Error><Code>${decision.code}</Code></Error>`);
      }
      const passed = request(`${urls[service]}${path}`, { method, headers, agent: false });
      passed.on('response', (answer: IncomingMessage) => {
        outgoing.writeHead(answer.statusCode ?? 500, answer.rawHeaders.map(toHeader));
        answer.pipe(outgoing);
      });
      passed.on('error', () => incoming.socket.destroy());
      incoming.pipe(passed);
    });
    servers.push(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    gated = gated.replace(urls[service], `http://127.0.0.1:${port}`);
  }
  return {
    connectionString: gated,
    keep(next) {
      gatekeeper = next;
    },
    open() {
      gatekeeper = open;
    },
    setClockAhead(byMs) {
      aheadMs = byMs;
    },
    async stop() {
      for (const server of servers) {
        const closed = once(server, 'close');
        server.close();
        server.closeAllConnections();
        await closed;
      }
    },
  };
}
