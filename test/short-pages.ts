import { once } from 'node:events';
import { createServer, request as forward, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Azurite } from '../infra/local/azurite.ts';

const ROWS_PER_PAGE = 2;
const PARTITION = 'NextPartitionKey';
const ROW = 'NextRowKey';
/** The partition that an empty page says to go on with; its row is what the query came with. */
const AFTER_EMPTY_PAGE = 'after-empty-page';

export interface ShortPages {
  /** As Azurite's, with its tables behind this. */
  readonly connectionString: string;
  /** Of the tables. */
  readonly url: string;
  stop(): Promise<void>;
}

/**
 * Stands before Azurite's tables and answers queries as Azure may and Azurite never does: before each page an empty one
 * with a continuation, and no page of more than so many rows.
 * Source: https://learn.microsoft.com/rest/api/storageservices/query-timeout-and-pagination
 */
export async function startShortPages(
  { connectionString, urls }: Pick<Azurite, 'connectionString' | 'urls'>,
  rowsPerPage = ROWS_PER_PAGE,
): Promise<ShortPages> {
  const server = createServer((incoming, outgoing) => {
    const url = new URL(incoming.url ?? '/', urls.table);
    const isQuery = incoming.method === 'GET' && url.pathname.endsWith('()');
    if (isQuery && url.searchParams.get(PARTITION) !== AFTER_EMPTY_PAGE)
      return answerEmpty(url, outgoing, () => incoming.resume());
    if (isQuery) toPage(url, rowsPerPage);
    const { method, headers } = incoming;
    // A connection of its own: Azurite closes idle ones without a word.
    const passed = forward(url, { method, headers, agent: false }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(outgoing);
    });
    passed.once('error', () => incoming.socket.destroy());
    incoming.pipe(passed);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    connectionString: connectionString.replace(urls.table, url),
    url,
    async stop() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

function answerEmpty({ searchParams }: URL, outgoing: ServerResponse, drain: () => void): void {
  drain();
  const from = [PARTITION, ROW].map((name) => searchParams.get(name));
  outgoing.writeHead(200, {
    'content-type': 'application/json;odata=minimalmetadata',
    [`x-ms-continuation-${PARTITION}`]: AFTER_EMPTY_PAGE,
    [`x-ms-continuation-${ROW}`]: Buffer.from(JSON.stringify(from)).toString('base64url'),
  });
  outgoing.end('{"value":[]}');
}

/** The page that the query before the empty page asked for. */
function toPage({ searchParams }: URL, rowsPerPage: number): void {
  const from = JSON.parse(Buffer.from(searchParams.get(ROW) ?? '', 'base64url').toString('utf8'));
  for (const [index, name] of [PARTITION, ROW].entries()) {
    if (from[index] === null) searchParams.delete(name);
    else searchParams.set(name, from[index]);
  }
  const asked = Number(searchParams.get('$top') ?? rowsPerPage);
  searchParams.set('$top', `${Math.min(asked, rowsPerPage)}`);
}
