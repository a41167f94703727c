import { expect } from '@jest/globals';
import { sendWebhook, signStandard } from '../../infra/local/hr-senders.ts';
import { addPerson } from '../../infra/local/webex/organization.ts';
import { CONTAINERS } from '../../src/storage/names.ts';
import { until } from './until.ts';
import type { useApp } from './use-app.ts';

export const MESSAGING = 'Advanced Messaging';
const MEETINGS = 'Webex Meetings Suite';
const of = (department: string, license: string) =>
  `  - { name: ${department}, when: { attribute: department, equals: ${department} }, licenses: [${license}] }`;
const toPolicy = (...rules: readonly string[]) =>
  ['version: 1', 'rules:', `  - { name: all, licenses: [${MESSAGING}] }`, ...rules].join('\n');
export const FOR_SALES = toPolicy(of('Sales', '{ name: Webex Meetings Suite, subscriptionId: Sub100448 }'));
export const FOR_ENGINEERS = toPolicy(
  of('Engineering', '{ name: Webex Meetings Suite, subscriptionId: Sub100448 }'),
);
export const BOTH = `${MESSAGING}, ${MEETINGS}`;

const SWEEP_EVERY_MS = 1_000;

/** People who join the built app, and a policy that is saved while it runs. */
export function createJoiners({ stack, simulator, storage, logged, run }: ReturnType<typeof useApp>) {
  /** The instance notes when it takes a saved policy in, also one that it refuses. */
  async function saveAndSweep(policy: string, noted: RegExp) {
    const before = logged.length;
    const container = await storage().container(CONTAINERS.policy);
    await container.getBlockBlobClient('policy.yaml').upload(policy, Buffer.byteLength(policy));
    await until(`${noted}`, async () => {
      await sweep();
      return logged.slice(before).find((line) => noted.test(line));
    });
  }

  let sweptAtMs = 0;
  /** At most one a second: the host does not wait for the one before. */
  async function sweep(): Promise<void> {
    if (Date.now() < sweptAtMs + SWEEP_EVERY_MS) return;
    sweptAtMs = Date.now();
    await run('sweep');
  }

  let serial = 0;
  async function join(department: string): Promise<string> {
    serial += 1;
    const email = `joiner${serial}@example.com`;
    addPerson(simulator().organization(), { email });
    const event = { type: 'joiner', employee: { id: `${serial}`, email }, attributes: { department } };
    expect(await sendWebhook(stack().apiUrl, signStandard(event, new Date()))).toMatchObject({ status: 200 });
    return email;
  }

  function held(email: string): string {
    const { people, licenses } = simulator().organization();
    const names = [...(people.get(email)?.licenses ?? [])].map((id) => licenses.get(id)?.name ?? id);
    return names
      .filter((name) => name === MESSAGING || name === MEETINGS)
      .sort()
      .join(', ');
  }

  const untilHeld = (email: string, names: string) =>
    until(`${email} with ${names}`, () => (held(email) === names ? true : undefined));
  /** Sweeps, as the timer does, until everybody has been looked at again. */
  const sweepUntilHeld = (email: string, names: string, deadlineMs?: number) =>
    until(
      `${email} with ${names}`,
      async () => {
        await sweep();
        return held(email) === names ? true : undefined;
      },
      deadlineMs,
    );

  return { sweep, saveAndSweep, join, held, untilHeld, sweepUntilHeld };
}
