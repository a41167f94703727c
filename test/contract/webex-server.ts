import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createWebexClient } from '../../src/webex/client.ts';
import { type AccessTokens, createStaticToken } from '../../src/webex/tokens/token-source.ts';
import { createTransport } from '../../src/webex/transport.ts';

/** A client that sleeps for no time between its tries. */
export const clientOf = (
  apiUrl: string,
  tokens: Pick<AccessTokens, 'current' | 'replace'> = createStaticToken('local-admin-token'),
  timeoutMs = 1_000,
) => {
  const transport = createTransport({
    apiUrl,
    tokens,
    timeoutMs,
    clock: () => new Date(),
    newId: () => 'id',
  });
  return createWebexClient({ transport, apiUrl, sleep: async () => {} });
};
/** All that a log could show of an error. */
export const textOf = (error: unknown) =>
  JSON.stringify(error) + String(error) + (error instanceof Error ? error.stack : '');
/** What a call rejects with; `undefined` where it does not. */
export const failureOf = (call: Promise<unknown>) =>
  call.then(
    () => undefined,
    (error: unknown) => error,
  );

/** A server that answers as it is told, and what was asked of it. */
export async function serve(answer: (url: string, response: ServerResponse, asked: number) => void) {
  const asked: { url: string; authorization: string | undefined }[] = [];
  const server = createServer((request, response) => {
    const { url = '', headers } = request;
    asked.push({ url, authorization: headers.authorization });
    answer(url, response, asked.length);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const stop = () => {
    server.closeAllConnections();
    server.close();
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked, stop };
}
