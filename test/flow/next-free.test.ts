import { beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import fetch from 'node-fetch';
import type { LocalHost } from '../../infra/local/host/host.ts';
import { sendWebhook, signStandard } from '../../infra/local/hr-senders.ts';
import { toFeatureKey } from '../../infra/local/webex/lines.ts';
import { addPerson } from '../../infra/local/webex/organization.ts';
import type { ShownRequest } from '../../src/cli/request-text.ts';
import { CONTAINERS } from '../../src/storage/names.ts';
import { createJoiners } from './joiners.ts';
import { until } from './until.ts';
import { json, key, testPrivateLog, useApp } from './use-app.ts';

/** Next free extensions and phone numbers, over two hosts of the built app on one storage. */
const app = useApp({ settings: { RETRY_BASE_SECONDS: '1' } });
const { simulator, stack, get, waitForState, run } = app;
const { saveAndSweep } = createJoiners(app);
let other: LocalHost;
beforeAll(async () => {
  other = await stack().startAnotherHost();
});

const PROFESSIONAL = 'Webex Calling - Professional';
const [READ, WRITE] = ['spark-admin:telephony_config_read', 'spark-admin:telephony_config_write'];
/** Each test has a range of its own: what was given in an earlier one does not count. */
let locationId: string;
beforeEach(() => {
  locationId = [...simulator().organization().locationIds][1] ?? '';
});

let serial = 0;
function newPerson(): string {
  serial += 1;
  const email = `caller${serial}@example.com`;
  addPerson(simulator().organization(), { email });
  return email;
}
const nextOf = (range: string) => ({ locationId, extension: 'next-free', range });

async function ask(email: string, properties: object, host: LocalHost = stack().host): Promise<string> {
  const requestId = `r-${email.split('@')[0]}-${serial}`;
  const body = { requestId, person: { email }, licenses: [{ license: PROFESSIONAL, properties }] };
  const { status } = await app.post(body, json, `${host.url}/api`);
  expect(status).toBe(202);
  return requestId;
}
const extensionOf = (email: string) => simulator().organization().people.get(email)?.extension;
const ended = (requestId: string) => waitForState(requestId, 'succeeded', 'failed', 'partial');
const resultOf = async (requestId: string) => (await get(requestId)).body.results[0];
const untilWaiting = (requestId: string, reason: string): Promise<ShownRequest> =>
  until(`${requestId} waits as ${reason}`, async () => {
    const { body } = await get(requestId);
    return body.waiting?.for === reason ? body : undefined;
  });
function park(extension: string, type: string | undefined): void {
  const { features } = simulator().organization();
  if (type === undefined) features.delete(toFeatureKey({ locationId, extension }));
  else features.set(toFeatureKey({ locationId, extension }), { locationId, extension, type });
}
const healthOfWebex = async () => {
  const response = await fetch(`${stack().apiUrl}/health/dependencies`, { headers: key });
  const { dependencies } = (await response.json()) as { dependencies: { webex: { detail: string } } };
  return dependencies.webex.detail;
};
const countCalls = (path: RegExp) =>
  simulator()
    .requests()
    .filter((one) => path.test(one.path)).length;

describe('the next free extension', () => {
  test('is another one for each of several people at once, on two hosts, and not that of a call park', async () => {
    park('5001', 'CALL_PARK');
    const people = Array.from({ length: 8 }, newPerson);
    const ids = await Promise.all(
      people.map((email, index) => ask(email, nextOf('5000-5099'), index % 2 === 0 ? stack().host : other)),
    );
    for (const id of ids) expect((await ended(id)).state).toBe('succeeded');
    const given = people.map((email) => extensionOf(email) ?? '');
    expect(new Set(given).size).toBe(8);
    expect(given).not.toContain('5001');
    for (const [index, id] of ids.entries()) {
      expect(await resultOf(id)).toMatchObject({
        result: 'assigned',
        properties: { locationId, extension: given[index] },
      });
    }
    // The extensions of all are validated by few calls.
    expect(countCalls(/validateExtensions/)).toBeLessThanOrEqual(4);
  });

  test('is the same one where the answer of Webex was lost, and is not asked for twice', async () => {
    const email = newPerson();
    simulator().script({ method: 'PATCH', email, effect: { kind: 'reset', applied: true } });
    const id = await ask(email, nextOf('5100-5199'));
    expect((await ended(id)).state).toBe('succeeded');
    expect((await resultOf(id)).properties.extension).toBe(extensionOf(email));
    const next = newPerson();
    const second = await ask(next, nextOf('5100-5199'), other);
    expect((await ended(second)).state).toBe('succeeded');
    expect(extensionOf(next)).not.toBe(extensionOf(email));
  });

  test('is waited for where the range is used up, and is given once one is free', async () => {
    park('5300', 'CALL_QUEUE');
    park('5301', 'CALL_PARK');
    const email = newPerson();
    const id = await ask(email, nextOf('5300-5301'));
    const waiting = await untilWaiting(id, 'no-extension');
    expect(waiting.waiting?.detail).toMatch(/^No extension of 5300-5301 is free/);
    expect(await healthOfWebex()).toMatch(/1 request waits as no-extension. No extension of 5300-5301/);
    park('5301', undefined);
    await until('the extension', async () => {
      await run('sweep');
      const { body } = await get(id);
      return body.state === 'succeeded' ? true : undefined;
    });
    expect(extensionOf(email)).toBe('5301');
  });

  test('of a request that is cancelled is free again', async () => {
    // The directory does not know the person yet.
    serial += 1;
    const id = await ask('nobody@example.com', nextOf('5400-5400'));
    await untilWaiting(id, 'person-not-found');
    const next = newPerson();
    const second = await ask(next, nextOf('5400-5400'), other);
    await untilWaiting(second, 'no-extension');
    expect((await app.cancel(id)).status).toBe(200);
    await until('the extension', async () => {
      await run('sweep');
      const { body } = await get(second);
      return body.state === 'succeeded' ? true : undefined;
    });
    expect(extensionOf(next)).toBe('5400');
  });
});

test('a policy gives the next free extension of the location, and the audit trail names it', async () => {
  const policy = [
    'version: 1',
    `rules: [{ name: line, licenses: ["${PROFESSIONAL}"] }]`,
    `locations: { Here: { locationId: "${locationId}", extension: next-free, range: 5700-5799 } }`,
  ].join('\n');
  await saveAndSweep(policy, /policy-in-force/);
  const email = newPerson();
  const event = { type: 'joiner', employee: { id: 'e1', email }, attributes: { location: 'Here' } };
  expect(await sendWebhook(stack().apiUrl, signStandard(event, new Date()))).toMatchObject({ status: 200 });
  const extension = await until('the extension', async () => extensionOf(email));
  expect(extension).toMatch(/^57\d\d$/);
  const audit = await app.storage().container(CONTAINERS.audit);
  const lines = await until('the line of the trail', async () => {
    const found: string[] = [];
    for await (const { name } of audit.listBlobsFlat())
      found.push((await audit.getBlobClient(name).downloadToBuffer()).toString('utf8'));
    const own = found
      .join('\n')
      .split('\n')
      .filter((line) => line.includes(email));
    return own.length > 0 ? own : undefined;
  });
  expect(lines.map((line) => JSON.parse(line).properties)).toEqual([{ locationId, extension }]);

  const started = await fetch(`${stack().apiUrl}/policy/plans`, {
    method: 'POST',
    headers: key,
    body: policy,
  });
  const { planId } = (await started.json()) as { planId: string };
  const result = await until('the plan', async () => {
    const answer = await fetch(`${stack().apiUrl}/policy/plans/${planId}`, { headers: key });
    return ((await answer.json()) as { result?: object }).result;
  });
  const counted = { kind: 'extension', range: '5700-5799', left: 99, size: 100, isTold: true };
  expect(result).toMatchObject({ numbers: [{ location: 'Here', ...counted }] });
});

test('the next free phone number is none that is special, and another one for each person', async () => {
  const [berlin = ''] = simulator().organization().locationIds;
  const people = [newPerson(), newPerson()];
  const properties = { locationId: berlin, phoneNumber: 'next-free' };
  const ids = await Promise.all(people.map((email) => ask(email, properties, other)));
  for (const id of ids)
    await until(`${id}`, async () => ((await get(id)).body.state === 'succeeded' ? true : undefined));
  const given = people.map((email) => simulator().organization().people.get(email)?.phoneNumber ?? '');
  expect([...given].sort()).toEqual(['+4930901824', '+4930901825']);
});

describe('a token without the scope', () => {
  test('to validate extensions gets the next one that Webex does not refuse, and health says so', async () => {
    simulator().withdrawScopes([READ ?? '', WRITE ?? '']);
    park('5600', 'CALL_PARK');
    const people = [newPerson(), newPerson()];
    const ids = await Promise.all(
      people.map((email, index) => ask(email, nextOf('5600-5699'), index === 0 ? stack().host : other)),
    );
    for (const id of ids) expect((await ended(id)).state).toBe('succeeded');
    const given = people.map((email) => extensionOf(email) ?? '');
    expect(new Set(given).size).toBe(2);
    expect(given).not.toContain('5600');
    expect(await healthOfWebex()).toMatch(/lacks the scope spark-admin:telephony_config_write/);
  });

  test('to list numbers gives no number, and the request goes on with the scope', async () => {
    simulator().withdrawScopes([READ ?? '']);
    simulator().organization().numbers.set('+16175550100', { locationId, state: 'ACTIVE' });
    const email = newPerson();
    const id = await ask(email, { locationId, phoneNumber: 'next-free' });
    const waiting = await untilWaiting(id, 'phone-numbers-not-told');
    expect(waiting.waiting?.detail).toMatch(/scope spark-admin:telephony_config_read/);
    expect(countCalls(/\/licenses\/users/)).toBe(0);
    simulator().withdrawScopes([]);
    await until('the number', async () => {
      await run('sweep');
      return (await get(id)).body.state === 'succeeded' ? true : undefined;
    });
    expect(simulator().organization().people.get(email)?.phoneNumber).toBe('+16175550100');
  });
});

testPrivateLog(app.logged);
