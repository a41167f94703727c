import fetch from 'node-fetch';
import type { WebexSimulator } from '../../../infra/local/webex/simulator.ts';

export const authorization = 'Bearer local-admin-token';

interface Sent {
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
  readonly signal?: AbortSignal;
}

/** Asks a simulator over HTTP, as any Webex client would. */
export function createClient(simulator: WebexSimulator) {
  const ask = async (
    method: string,
    path: string,
    { body, headers = { authorization }, signal }: Sent = {},
  ) => {
    const base = path.startsWith('/control') ? simulator.url : simulator.apiUrl;
    const response = await fetch(path.startsWith('http') ? path : `${base}${path}`, {
      method,
      headers,
      ...(body !== undefined && { body: body instanceof URLSearchParams ? body : JSON.stringify(body) }),
      ...(signal && { signal }),
    });
    const text = await response.text();
    const type = response.headers.get('content-type') ?? '';
    return {
      status: response.status,
      headers: response.headers,
      text,
      json: () => (type.includes('json') ? JSON.parse(text) : undefined),
    };
  };
  const idOf = (name: string) => {
    const license = [...simulator.organization().licenses.values()].find((other) => other.name === name);
    if (!license) throw new Error(`no license ${name}`);
    return license.id;
  };
  const add = (email: string, names: readonly string[], sent: Sent = {}) =>
    ask('PATCH', '/licenses/users', {
      ...sent,
      body: { email, licenses: names.map((name) => ({ id: idOf(name) })) },
    });
  const isHeld = (email: string, name: string) =>
    simulator.organization().people.get(email)?.licenses.has(idOf(name));
  return { ask, idOf, add, isHeld };
}
