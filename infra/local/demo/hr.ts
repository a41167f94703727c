import * as z from 'zod';
import type { Api } from '../../../src/cli/api.ts';
import { findSource, type SignedWebhook, sendWebhook, signSample } from '../hr-senders.ts';

const recordSchema = z.object({
  state: z.string(),
  detail: z.string(),
  requestIds: z.array(z.string()),
  event: z.object({ kind: z.string(), email: z.string().optional(), employeeId: z.string().optional() }),
});

export type HrOutcome = z.output<typeof recordSchema>;

const ENDED = ['applied', 'ignored', 'superseded', 'failed'];

/** The HR events of the demo, signed as their systems sign, and what each shows. */
export function toWebhooks(
  now: Date,
): readonly { readonly shows: string; readonly webhook: SignedWebhook }[] {
  const sample = (source: string, said: Parameters<typeof signSample>[1]) =>
    signSample(findSource(source), said, now);
  const vint = { employeeId: '4711', email: 'vint@example.com', attributes: { department: 'Sales' } };
  const lynn = { employeeId: '7', email: 'lynn@example.com', attributes: { department: 'Engineering' } };
  return [
    { shows: 'a joiner, by Standard Webhooks', webhook: sample('hr', { kind: 'joiner', ...vint }) },
    { shows: 'a hire in BambooHR', webhook: sample('bamboohr', { kind: 'joiner', ...lynn }) },
    {
      shows: 'a leaver in HiBob: the number goes a month later',
      webhook: sample('hibob', { kind: 'leaver', employeeId: '42' }),
    },
  ];
}

/** HiBob names no address: the directory does. */
export async function importDirectory(api: Api): Promise<void> {
  const employees = [{ employeeId: '42', email: 'niklaus@example.com' }];
  await api.post('/employees/hibob', z.unknown(), { body: { employees }, status: 200 });
}

/** Sends a webhook as its HR system does. @returns the key of its event */
export async function sendEvent(apiUrl: string, webhook: SignedWebhook): Promise<string> {
  const { status, eventKey } = await sendWebhook(apiUrl, webhook);
  if (status !== 200 || eventKey === undefined) throw new Error(`The webhook was answered ${status}`);
  return eventKey;
}

/** What became of an event; undefined while that is open. */
export async function readOutcome(api: Api, eventKey: string): Promise<HrOutcome | undefined> {
  const record = await api.get(`/hr-events/${eventKey}`, recordSchema).catch(() => undefined);
  return record && ENDED.includes(record.state) ? record : undefined;
}
