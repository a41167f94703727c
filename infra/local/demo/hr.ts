import * as z from 'zod';
import type { Api } from '../../../src/cli/api.ts';
import { type SignedWebhook, sendWebhook, signBambooHr, signHiBob, signStandard } from '../hr-senders.ts';

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
  const person = { id: '7', action: 'Created', timestamp: now.toISOString() };
  const fields = { workEmail: { value: 'lynn@example.com' }, department: { value: 'Engineering' } };
  return [
    {
      shows: 'a joiner, by Standard Webhooks',
      webhook: signStandard(
        {
          type: 'joiner',
          employee: { id: '4711', email: 'vint@example.com' },
          attributes: { department: 'Sales' },
        },
        now,
      ),
    },
    { shows: 'a hire in BambooHR', webhook: signBambooHr({ employees: [{ ...person, fields }] }, now) },
    {
      shows: 'a leaver in HiBob: the number goes a month later',
      webhook: signHiBob({
        companyId: 1,
        type: 'employee.left',
        triggeredAt: now.toISOString(),
        data: { employeeId: '42' },
      }),
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
