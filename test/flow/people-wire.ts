import { once } from 'node:events';
import { createServer, request as forward, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A row of the list of people, as Webex answers it. */
export type PersonRow = Readonly<Record<string, unknown>> & { readonly id: string };

/** Stands between the app and Webex, with smaller pages of the list of people, and changes them. */
export interface PeopleWire {
  readonly apiUrl: string;
  /** How many pages were asked for so far. */
  pages(): number;
  /** What becomes of a page: the pages of one list are numbered by how many people come before them. */
  change: (rows: readonly PersonRow[], place: number) => readonly PersonRow[];
  /** Called as a page is asked for, with how many were so far. @returns whether it is answered */
  onPage: (pages: number) => boolean;
  stop(): Promise<void>;
}

/** @param places where each person is in the list */
export async function startPeopleWire(
  apiUrl: string,
  pageSize: number,
  places: () => ReadonlyMap<string, number>,
): Promise<PeopleWire> {
  const target = new URL(apiUrl);
  let pages = 0;
  const server = createServer(async (incoming, outgoing) => {
    const { method, headers, url = '' } = incoming;
    const isList = url.startsWith(`${target.pathname}/people?`);
    if (isList) {
      pages += 1;
      if (!wire.onPage(pages)) return;
    }
    const path = isList ? url.replace('max=1000', `max=${pageSize}`) : url;
    const passed = forward(new URL(path, target), { method, headers, agent: false });
    passed.once('error', () => incoming.socket.destroy());
    incoming.pipe(passed);
    const [answer]: IncomingMessage[] = await once(passed, 'response');
    const body = answer && (await readText(answer));
    const { 'content-length': _other, ...answered } = answer?.headers ?? {};
    outgoing.writeHead(answer?.statusCode ?? 500, answered);
    outgoing.end(isList && answer?.statusCode === 200 ? change(body ?? '') : body);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');

  function change(body: string): string {
    const { items, ...rest } = JSON.parse(body);
    const place = places().get(items[0]?.id) ?? 0;
    return JSON.stringify({ ...rest, items: wire.change(items, place) });
  }

  const wire: PeopleWire = {
    apiUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}${target.pathname}`,
    pages: () => pages,
    change: (rows) => rows,
    onPage: () => true,
    async stop() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
  return wire;
}

async function readText(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of answer) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}
