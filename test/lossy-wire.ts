import { once } from 'node:events';
import { createServer, request as forward } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What becomes of a call: `answer` is made and not answered, `request` is not even made. */
export type Loss = 'answer' | 'request';

/** A wire to a server of HTTP, that loses what it is told to lose. */
export interface LossyWire {
  readonly url: string;
  /** Asked for each call in turn; undefined lets it pass. */
  lose: (url: string) => Loss | undefined;
  stop(): Promise<void>;
}

export async function startLossyWire(target: string): Promise<LossyWire> {
  const server = createServer((incoming, outgoing) => {
    const { method, headers, url = '' } = incoming;
    const loss = wire.lose(url);
    if (loss === 'request') return void incoming.socket.destroy();
    const passed = forward(new URL(url, target), { method, headers }, (answer) => {
      if (loss === 'answer') return void answer.resume().once('end', () => incoming.socket.destroy());
      outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(outgoing);
    });
    passed.once('error', () => incoming.socket.destroy());
    incoming.pipe(passed);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const wire: LossyWire = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    lose: () => undefined,
    async stop() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
  return wire;
}
