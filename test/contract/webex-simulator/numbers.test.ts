import { beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { startWebexSimulator, type WebexSimulator } from '../../../infra/local/webex/simulator.ts';
import { createParts } from '../../parts.ts';
import { createClient } from './client.ts';

let simulator: WebexSimulator;
let client: ReturnType<typeof createClient>;
const started = createParts();
beforeAll(async () => {
  simulator = await started(startWebexSimulator());
  client = createClient(simulator);
});
beforeEach(() => simulator.reset());

const locations = () => [...simulator.organization().locationIds];
const berlin = () => locations()[0] ?? '';
const PROFESSIONAL = 'Webex Calling - Professional';

describe('the validation of extensions', () => {
  const validate = async (extensions: readonly string[], locationId = berlin()) =>
    client.ask('POST', `/telephony/config/locations/${locationId}/actions/validateExtensions/invoke`, {
      body: { extensions },
    });

  test('tells which are free, and why others are not', async () => {
    const [alan] = [...simulator.organization().people.values()].filter(
      (person) => person.locationId === berlin(),
    );
    const own = alan?.extension ?? '';
    const { status, extensionStatus } = (
      await validate(['4700', own, '4900', '4901', 'x1', '112', '4700'])
    ).json();
    expect(status).toBe('ERRORS');
    expect(
      extensionStatus.map((one: { state: string; errorCode?: number }) => [one.state, one.errorCode]),
    ).toEqual([
      ['VALID', undefined],
      ['DUPLICATE', 9495],
      ['DUPLICATE', 9495],
      ['DUPLICATE', 9495],
      ['INVALID', 4910],
      ['INVALID', 4911],
      ['DUPLICATE_IN_LIST', 9498],
    ]);
    expect((await validate(['4700'])).json()).toEqual({
      status: 'OK',
      extensionStatus: [{ extension: '4700', state: 'VALID' }],
    });
    expect((await validate(['4900'], locations()[1])).json().status).toBe('OK');
    expect((await validate(['4900'], 'nowhere')).status).toBe(404);
  });

  test('of the organization counts all locations', async () => {
    const body = { extensions: ['4900'] };
    const { json } = await client.ask('POST', '/telephony/config/actions/validateExtensions/invoke', {
      body,
    });
    expect(json().extensionStatus[0].state).toBe('DUPLICATE');
  });

  test('follows what takes an extension, and what frees it', async () => {
    const put = (type: string | null) =>
      client.ask('PUT', '/control/features', {
        body: { locationId: berlin(), extension: '4700', type },
      });
    expect((await put('CALL_PARK')).status).toBe(200);
    expect((await validate(['4700'])).json().status).toBe('ERRORS');
    await put(null);
    expect((await validate(['4700'])).json().status).toBe('OK');
  });
});

describe('the list of numbers', () => {
  const list = async (query: string) =>
    (await client.ask('GET', `/telephony/config/numbers?${query}`)).json();

  test('has the numbers of a location page by page, and with available those that nothing has', async () => {
    const numbers: string[] = [];
    for (let start = 0; start < 11; start += 4) {
      const page = await list(`locationId=${berlin()}&available=true&max=4&start=${start}`);
      numbers.push(...page.phoneNumbers.map((one: { phoneNumber: string }) => one.phoneNumber));
    }
    expect(numbers).toHaveLength(11);
    const properties = { locationId: berlin(), phoneNumber: '+4930901824' };
    const licenses = [{ id: client.idOf(PROFESSIONAL), properties }];
    await client.ask('PATCH', '/licenses/users', { body: { email: 'ada@example.com', licenses } });
    const { phoneNumbers } = await list(`locationId=${berlin()}&available=true`);
    expect(phoneNumbers.map((one: { phoneNumber: string }) => one.phoneNumber)).not.toContain('+4930901824');
    const [row] = (await list('phoneNumber=%2B4930901824')).phoneNumbers;
    expect(row).toMatchObject({ state: 'ACTIVE', location: { id: berlin() }, owner: { type: 'PEOPLE' } });
  });

  test('has the extensions of people and queues, and not that of a call park', async () => {
    const { phoneNumbers } = await list(`locationId=${berlin()}&numberType=EXTENSION`);
    const extensions = phoneNumbers.map((one: { extension: string }) => one.extension);
    expect(extensions).toContain('4900');
    expect(extensions).not.toContain('4901');
    expect(
      (await client.ask('GET', '/telephony/config/numbers?available=true&numberType=EXTENSION')).status,
    ).toBe(400);
  });
});

test.each([
  ['spark-admin:telephony_config_write', 403, 200],
  ['spark-admin:telephony_config_read', 200, 403],
])('without the scope %s, what needs it is refused', async (scope, validated, listed) => {
  await client.ask('PUT', '/control/scopes', { body: { missing: [scope] } });
  const path = `/telephony/config/locations/${berlin()}/actions/validateExtensions/invoke`;
  expect((await client.ask('POST', path, { body: { extensions: ['1'] } })).status).toBe(validated);
  expect((await client.ask('GET', '/telephony/config/numbers')).status).toBe(listed);
});

test.each(['4900', '4901'])(
  'a change with the extension %s, which something has, is refused',
  async (extension) => {
    const change = (locationId: string) =>
      client.ask('PATCH', '/licenses/users', {
        body: {
          email: 'ada@example.com',
          licenses: [{ id: client.idOf(PROFESSIONAL), properties: { locationId, extension } }],
        },
      });
    const refused = await change(berlin());
    expect(refused.status).toBe(400);
    expect(refused.json().errors[0].description).toMatch(/already in use/);
    expect((await change(locations()[1] ?? '')).status).toBe(200);
  },
);
