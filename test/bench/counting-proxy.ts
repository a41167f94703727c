import { once } from 'node:events';
import { Agent, createServer, type IncomingMessage, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as z from 'zod';
import type { Azurite } from '../../infra/local/azurite.ts';

type Service = keyof Azurite['urls'];

/** One call to storage, as it went over the wire. */
export interface StorageCall {
  readonly service: Service;
  readonly method: string;
  /** Below the account, without its query. */
  readonly path: string;
  /** Rows or messages that the answer holds. */
  readonly found: number;
}

export interface CountingProxy {
  /** As Azurite's, by way of this proxy. */
  readonly connectionString: string;
  calls(): readonly StorageCall[];
  clear(): void;
  stop(): Promise<void>;
}

/** Stands before Azurite and records what is asked of it. A table transaction is one call, as Azure counts it. */
export async function startCountingProxy({ connectionString, urls }: Azurite): Promise<CountingProxy> {
  let calls: StorageCall[] = [];
  const agent = new Agent({ keepAlive: true });
  const proxies: Server[] = [];
  let proxied = connectionString;
  for (const service of ['blob', 'queue', 'table'] as const) {
    const server = createServer((incoming, outgoing) => {
      const { method = 'GET', url = '/', headers } = incoming;
      const sent = request(`${urls[service]}${url}`, { method, headers, agent }, (answer) => {
        outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
        void readAll(answer).then((body) => {
          const [, , ...path] = (url.split('?')[0] ?? '').split('/');
          calls.push({ service, method, path: path.join('/'), found: countFound(service, body) });
          outgoing.end(body);
        });
      });
      sent.on('error', () => outgoing.destroy());
      incoming.pipe(sent);
    });
    proxies.push(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    proxied = proxied.replace(urls[service], `http://127.0.0.1:${port}`);
  }
  return {
    connectionString: proxied,
    calls: () => calls,
    clear: () => {
      calls = [];
    },
    async stop() {
      for (const server of proxies) {
        const closed = once(server, 'close');
        server.close();
        server.closeAllConnections();
        await closed;
      }
      agent.destroy();
    },
  };
}

async function readAll(answer: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of answer) chunks.push(chunk);
  return Buffer.concat(chunks);
}

const rowsSchema = z.object({ value: z.array(z.unknown()) });

function countFound(service: Service, body: Buffer): number {
  const text = body.toString('utf8');
  if (service === 'queue') return text.split('<QueueMessage>').length - 1;
  if (service !== 'table' || !text.startsWith('{')) return 0;
  const rows = rowsSchema.safeParse(JSON.parse(text));
  return rows.success ? rows.data.value.length : 1;
}
