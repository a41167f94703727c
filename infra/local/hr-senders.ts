import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import { LOCAL_HR_SOURCES } from '../../src/cli/local-sources.ts';
import type { Said } from '../../src/hr/sources/samples/said.ts';
import { toSample } from '../../src/hr/sources/samples/sample.ts';
import { sign } from '../../src/hr/sources/sign.ts';
import { parseSources, type Source } from '../../src/hr/sources/sources.ts';

export interface SignedWebhook {
  readonly source: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const LOCAL = parseSources(LOCAL_HR_SOURCES);

/** A source of a setting HR_SOURCES; without one, of that of this machine. */
export function findSource(name: string, setting?: string): Source {
  const sources = setting === undefined ? LOCAL : parseSources(setting);
  const source = typeof sources === 'string' ? undefined : sources.get(name);
  if (source === undefined) throw new Error(`HR_SOURCES has no source ${name}`);
  return source;
}

/** Signs a body as the HR system of the source does; a text is sent as it is. */
export function signBody(
  source: Source,
  body: object | string,
  at: Date,
  id = `msg_${randomUUID()}`,
): SignedWebhook {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const proof = sign(source.scheme, source.secrets[0] ?? '', { body: text, at, id });
  return { source: source.name, headers: proof, body: text };
}

/** A sample event of this source, as its HR system sends it. */
export function signSample(
  source: Source,
  said: Pick<Said, 'kind'> & Partial<Said>,
  at: Date,
): SignedWebhook {
  const id = `msg_${randomUUID()}`;
  const body = toSample(source, { attributes: {}, at, id, ...said });
  if (typeof body === 'string') throw new Error(body);
  return signBody(source, body, at, id);
}

export const signStandard = (body: object | string, at: Date, id?: string): SignedWebhook =>
  signBody(findSource('hr'), body, at, id);
export const signBambooHr = (body: object, at: Date): SignedWebhook =>
  signBody(findSource('bamboohr'), body, at);
export const signHiBob = (body: object): SignedWebhook => signBody(findSource('hibob'), body, new Date());

const answerSchema = z.object({ events: z.array(z.object({ eventKey: z.string() })).min(1) });

/** Sends a webhook as an HR system does. @returns the status of the answer, and the key of its first event */
export async function sendWebhook(apiUrl: string, { source, headers, body }: SignedWebhook) {
  const response = await fetch(`${apiUrl}/hr-events/${source}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body,
  });
  const answer = answerSchema.safeParse(await response.json());
  return { status: response.status, eventKey: answer.data?.events[0]?.eventKey };
}
