import { BlobServiceClient } from '@azure/storage-blob';
import { beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import fetch from 'node-fetch';
import { signStandard } from '../../infra/local/hr-senders.ts';
import { LOCAL_FUNCTION_KEY } from '../../infra/local/stack.ts';
import { addPerson } from '../../infra/local/webex/organization.ts';
import type { WebexSimulator } from '../../infra/local/webex/simulator.ts';
import { requestSchema, type ShownRequest } from '../../src/cli/request-text.ts';
import { CONTAINERS } from '../../src/storage/names.ts';
import { createParts } from '../parts.ts';
import { type AppStack, startApp } from './start-app.ts';
import { until } from './until.ts';

/** Webex Calling licenses, from HTTP and HR events to what the simulator holds. */
let stack: AppStack;
let simulator: WebexSimulator;

const STANDARD = 'Webex Calling - Standard';
const PROFESSIONAL = 'Webex Calling - Professional';

const POLICY = `
version: 1
rules:
  - name: staff
    when: { attribute: grade, equals: Staff }
    licenses: [${STANDARD}]
  - name: managers
    when: { attribute: grade, equals: Manager }
    licenses: [${PROFESSIONAL}]
locations:
  Berlin:
    locationId: LOCATION
    extension: "{extension}"
movers: { calling: true }
`;

const started = createParts();
beforeAll(async () => {
  const settings = { RETRY_BASE_SECONDS: '1', POLICY_MAX_AGE_SECONDS: '0' };
  stack = await started(startApp({ settings }));
  simulator = stack.simulator;
  const policy = POLICY.replace('LOCATION', line().locationId ?? '');
  const blobs = BlobServiceClient.fromConnectionString(stack.azurite.connectionString);
  const blob = blobs.getContainerClient(CONTAINERS.policy).getBlockBlobClient('policy.yaml');
  await blob.upload(policy, Buffer.byteLength(policy));
});
beforeEach(() => simulator.reset());

const line = () => ({ locationId: [...simulator.organization().locationIds][0], extension: '4711' });
const headers = { 'x-functions-key': LOCAL_FUNCTION_KEY, 'content-type': 'application/json' };
const remove = (license: string) => ({ license, operation: 'remove' });
const add = (license: string) => ({ license, properties: line() });

async function submit(...requests: readonly object[]): Promise<readonly ShownRequest[]> {
  const response = await fetch(`${stack.apiUrl}/license-requests`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ requests }),
  });
  expect(response.status).toBe(202);
  const { requests: accepted } = (await response.json()) as { requests: { requestId: string }[] };
  return Promise.all(accepted.map(({ requestId }) => ended(requestId)));
}
const ended = (requestId: string): Promise<ShownRequest> =>
  until(`the end of ${requestId}`, async () => {
    const response = await fetch(`${stack.apiUrl}/license-requests/${requestId}`, { headers });
    const request = requestSchema.parse(await response.json());
    return ['succeeded', 'partial', 'failed', 'superseded'].includes(request.state) ? request : undefined;
  });
const calling = (email: string) => {
  const { licenses, people } = simulator.organization();
  const { licenses: ids = [], extension } = people.get(email) ?? {};
  const names = [...ids].map((id) => licenses.get(id)?.name ?? '');
  return { names: names.filter((name) => name.startsWith('Webex Calling')), extension };
};

describe('a request over HTTP', () => {
  test('that exchanges Calling licenses keeps the old one where the new one lacks properties', async () => {
    const before = calling('alan@example.com');
    const [done] = await submit({
      person: { email: 'alan@example.com' },
      allowCallingRemoval: true,
      licenses: [remove(STANDARD), { license: PROFESSIONAL }],
    });
    expect(done?.results).toMatchObject([
      { result: 'failed', condition: 'removal-withheld' },
      { result: 'failed', condition: 'calling-properties-missing' },
    ]);
    expect(calling('alan@example.com')).toEqual(before);
  });

  test('that comes with another one for the same person is performed as if it came alone', async () => {
    const person = { email: 'katherine@example.com' };
    const done = await submit(
      { person, allowCallingRemoval: true, licenses: [remove(PROFESSIONAL)] },
      { person, licenses: [add(STANDARD)] },
    );
    expect(done.map(({ state }) => state)).toEqual(['succeeded', 'succeeded']);
    expect(calling(person.email)).toEqual({ names: [STANDARD], extension: '4711' });
  });

  test('that adds a held Calling license with another extension succeeds, and says who changes it', async () => {
    const before = calling('alan@example.com');
    const [done] = await submit({ person: { email: 'alan@example.com' }, licenses: [add(STANDARD)] });
    expect(done?.state).toBe('succeeded');
    expect(done?.results).toMatchObject([
      {
        result: 'assigned',
        changed: false,
        condition: 'properties-differ',
        detail: expect.stringContaining('administrator'),
      },
    ]);
    expect(calling('alan@example.com')).toEqual(before);
  });

  test('that adds and removes a license of a person outside the organization, by name, is sent', async () => {
    const person = { email: 'partner@contractor.example.net' };
    const pending = () => simulator.organization().people.get(person.email)?.pendingLicenses.size ?? 0;
    const before = pending();
    const [added] = await submit({ person, licenses: [{ license: 'Webex Meetings Suite' }] });
    expect(added?.results).toMatchObject([{ result: 'pending' }]);
    expect(pending()).toBe(before + 1);
    const [removed] = await submit({ person, licenses: [remove('Webex Meetings Suite')] });
    expect(removed?.results).toMatchObject([{ result: 'removed' }]);
    expect(pending()).toBe(before);
  });
});

describe('an HR event', () => {
  let events = 0;
  async function send(type: string, attributes: object) {
    events += 1;
    const employee = { id: '4711', email: 'hired@example.com' };
    const { headers: signed, body } = signStandard({ type, employee, attributes }, new Date(), `m${events}`);
    const sent = await fetch(`${stack.apiUrl}/hr-events/hr`, {
      method: 'POST',
      headers: { ...signed, 'content-type': 'application/json' },
      body,
    });
    expect(sent.status).toBe(200);
    const { events: taken } = (await sent.json()) as { events: { eventKey: string }[] };
    const applied = await until('the event', async () => {
      const response = await fetch(`${stack.apiUrl}/hr-events/${taken[0]?.eventKey}`, { headers });
      const event = (await response.json()) as { state: string; requestIds?: string[] };
      return event.state === 'applied' ? event : undefined;
    });
    return Promise.all((applied.requestIds ?? []).map(ended));
  }

  test('of a mover to a place that the policy does not know keeps the number', async () => {
    addPerson(simulator.organization(), { email: 'hired@example.com' });
    const attributes = { location: 'Berlin', extension: '4711' };
    expect(await send('joiner', { grade: 'Staff', ...attributes })).toMatchObject([{ state: 'succeeded' }]);
    const [moved] = await send('mover', { grade: 'Manager', location: 'Paris' });
    expect(moved?.results?.map(({ condition }) => condition).sort()).toEqual([
      'calling-properties-missing',
      'removal-withheld',
    ]);
    expect(calling('hired@example.com')).toEqual({ names: [STANDARD], extension: '4711' });
  });
});
