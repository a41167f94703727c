import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { OpenApi } from '../../../src/http/openapi/document.ts';

/** Files of an inventory run, which the API describes by their schemas alone. */
const AT = '2026-12-01T08:00:00.000Z';
const OF_RUN = { schemaVersion: 1, runId: 'r', orgId: 'o', readStartedAt: AT, readEndedAt: AT };
const FILES: Readonly<Record<string, object>> = {
  'licenses.json': { ...OF_RUN, licenses: [] },
  'diff.json': { ...OF_RUN, licenses: [] },
};

/** Starts a server that answers each call with the first example of its documentation. */
export async function startExampleApp(api: OpenApi) {
  const paths = Object.entries(api.paths).map(([path, methods]) => ({
    pattern: new RegExp(`^/api${path.replace(/\{\w+\}/g, '[^/]+')}$`),
    methods: methods as Readonly<Record<string, { responses: Record<string, Answer> }>>,
  }));
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '', 'http://localhost');
    const file = FILES[pathname.split('/').at(-1) ?? ''];
    const found = paths.filter(({ pattern }) => pattern.test(pathname));
    const responses = found.flatMap(({ methods }) =>
      Object.entries(methods[request.method?.toLowerCase() ?? '']?.responses ?? {}),
    );
    const [status = '404', answer] = responses.find(([code]) => code.startsWith('2')) ?? [];
    const [content] = Object.values(answer?.content ?? {});
    const [example] = Object.values(content?.examples ?? {});
    // A page that names another one would never end.
    const { next: _next, ...body } = (file ?? example?.value ?? {}) as Record<string, unknown>;
    const isPage = Array.isArray(body.items);
    response.writeHead(Number(file ? 200 : status), { 'content-type': 'application/json' });
    response.end(JSON.stringify(isPage ? body : (file ?? example?.value)));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/api`, stop: () => new Promise((done) => server.close(done)) };
}

interface Answer {
  readonly content?: Readonly<Record<string, { examples: Readonly<Record<string, { value: unknown }>> }>>;
}
