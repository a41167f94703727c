import { once } from 'node:events';
import { createServer } from 'node:net';

/** @throws where it is no port number */
export function parsePort(option: string, text: string): number {
  const port = Number(text);
  if (text.trim() === '' || !Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new Error(`${option} must be a port, 0 to 65535, and is "${text}".`);
  }
  return port;
}

export const isPortTaken = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';

/** Whether somebody listens on this port of this machine already. 0, any free port, never is. */
export async function isTaken(port: number): Promise<boolean> {
  const server = createServer();
  server.listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch (error) {
    if (isPortTaken(error)) return true;
    throw error;
  }
  server.close();
  await once(server, 'close');
  return false;
}
