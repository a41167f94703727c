import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { brotliCompressSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import { callHttp, NoWholeAnswer } from '../../src/platform/http-client.ts';

type Answer = (response: ServerResponse, request: IncomingMessage) => void;

/** One call to a server that answers as given, and how many bytes that server could send. */
async function callOnce(answer: Answer, call: Partial<Parameters<typeof callHttp>[1]> = {}) {
  let sentBytes = 0;
  const closed: Promise<unknown>[] = [];
  const server = createServer((request, response) => {
    const { socket } = request;
    closed.push(once(socket, 'close').then(() => (sentBytes = socket.bytesWritten)));
    answer(response, request);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/people?email=ada%40example.com`;
  try {
    const options = { method: 'GET', headers: {}, timeoutMs: 20_000, maxBytes: 1_000_000 } as const;
    const outcome = await callHttp(url, { ...options, ...call }).catch((error: unknown) => error);
    server.closeAllConnections();
    await Promise.all(closed);
    return { outcome, sentBytes };
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

function pour(response: ServerResponse, chunk: Buffer): void {
  const more = () => {
    while (!response.destroyed && response.write(chunk));
  };
  response.on('drain', more);
  more();
}

describe('a call over HTTP', () => {
  test('sends method, headers and body, and gives each value of a repeated header', async () => {
    const { outcome } = await callOnce(
      (response, request) => {
        const chunks: Buffer[] = [];
        request.on('data', (chunk) => chunks.push(chunk));
        request.on('end', () => {
          response.setHeader('Retry-After', ['7', '9']);
          response
            .writeHead(429)
            .end(`${request.method} ${request.headers['x-one']} ${Buffer.concat(chunks)}`);
        });
      },
      { method: 'PATCH', headers: { 'x-one': '1' }, body: '{"ü":1}' },
    );
    expect(outcome).toMatchObject({
      status: 429,
      body: 'PATCH 1 {"ü":1}',
      headers: { 'retry-after': ['7', '9'] },
    });
  });

  test('stops an endless body at its limit', async () => {
    const { outcome, sentBytes } = await callOnce((response) => pour(response, Buffer.alloc(65_536)));
    expect(outcome).toMatchObject({ code: 'TOO_LARGE' });
    expect(sentBytes).toBeLessThan(20_000_000);
  });

  test('stops a small body that becomes too large once it is decompressed', async () => {
    const bomb = brotliCompressSync(Buffer.alloc(50_000_000));
    const { outcome } = await callOnce((response) =>
      response.writeHead(200, { 'content-encoding': 'br' }).end(bomb),
    );
    expect(outcome).toMatchObject({ code: 'TOO_LARGE' });
  });

  test('ends at its deadline while a body drips', async () => {
    const { outcome } = await callOnce(
      (response) => {
        const drip = setInterval(() => response.write('.'), 20);
        response.on('close', () => clearInterval(drip));
      },
      { timeoutMs: 300 },
    );
    expect(outcome).toMatchObject({ code: 'TIMEOUT' });
  });

  test.each([
    ['ended by the server before the answer', (r: ServerResponse) => r.destroy()],
    [
      'ended within a body of known length',
      (r: ServerResponse) => r.writeHead(200, { 'content-length': 9 }).write('{', () => r.destroy()),
    ],
    ['ended within a chunked body', (r: ServerResponse) => r.write('{', () => r.destroy())],
    [
      'compressed in two ways',
      (r: ServerResponse) => r.writeHead(200, { 'content-encoding': 'gzip, br' }).end(),
    ],
  ])('that is %s is no whole answer, and the error names no address', async (_case, answer) => {
    const { outcome } = await callOnce(answer);
    expect(outcome).toBeInstanceOf(NoWholeAnswer);
    expect(String(outcome)).not.toContain('127.0.0.1');
    expect(JSON.stringify(outcome)).not.toContain('ada');
  });

  test.each([301, 302, 307, 308])('does not follow a %d', async (status) => {
    const { outcome } = await callOnce((response) =>
      response.writeHead(status, { location: 'http://127.0.0.1:1/' }).end('moved'),
    );
    expect(outcome).toMatchObject({ status, body: 'moved' });
  });

  test('keeps its connection for the next call', async () => {
    const ports = new Set<number | undefined>();
    const server = createServer(({ socket }, response) => {
      ports.add(socket.remotePort);
      response.end('ok');
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const call = { method: 'GET', headers: {}, timeoutMs: 20_000, maxBytes: 10 } as const;
    for (const _ of [1, 2, 3]) expect(await callHttp(url, call)).toMatchObject({ body: 'ok' });
    server.closeAllConnections();
    server.close();
    expect(ports.size).toBe(1);
  });
});
