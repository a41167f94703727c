import { createHmac, randomUUID } from 'node:crypto';
import * as z from 'zod';

/** Secrets of the HR systems on this machine. */
const STANDARD_SECRET = Buffer.from('local-standard-webhooks!').toString('base64');
const BAMBOO_SECRET = 'local-bamboohr-secret';
const HIBOB_SECRET = 'local-hibob-secret';

/** The setting HR_SOURCES on this machine. */
export const LOCAL_HR_SOURCES = JSON.stringify({
  hr: { preset: 'standard-webhooks', secrets: [`whsec_${STANDARD_SECRET}`], timeZone: 'Europe/Berlin' },
  bamboohr: { preset: 'bamboohr', secrets: [BAMBOO_SECRET] },
  hibob: { preset: 'hibob', secrets: [HIBOB_SECRET] },
});

export interface SignedWebhook {
  readonly source: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const seconds = (at: Date) => String(Math.floor(at.getTime() / 1_000));

/** Signs as an HR system with Standard Webhooks does; a text is sent as it is. */
export function signStandard(body: object | string, at: Date, id = `msg_${randomUUID()}`): SignedWebhook {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const timestamp = seconds(at);
  const key = Buffer.from(STANDARD_SECRET, 'base64');
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${text}`).digest('base64');
  const headers = {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': `v1,${signature}`,
  };
  return { source: 'hr', headers, body: text };
}

/** Signs as BambooHR does. */
export function signBambooHr(body: object, at: Date): SignedWebhook {
  const text = JSON.stringify(body);
  const timestamp = seconds(at);
  const signature = createHmac('sha256', BAMBOO_SECRET)
    .update(text + timestamp)
    .digest('hex');
  return {
    source: 'bamboohr',
    headers: { 'x-bamboohr-timestamp': timestamp, 'x-bamboohr-signature': signature },
    body: text,
  };
}

/** Signs as HiBob does. */
export function signHiBob(body: object): SignedWebhook {
  const text = JSON.stringify(body);
  const signature = createHmac('sha512', HIBOB_SECRET).update(text).digest('base64');
  return { source: 'hibob', headers: { 'bob-signature': signature }, body: text };
}

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
