import { describe, expect, test } from '@jest/globals';
import fetch from 'node-fetch';
import { startHost } from '../../infra/local/host/host.ts';
import { LOCAL_FUNCTION_KEY, LOCAL_TOKEN } from '../../infra/local/stack.ts';
import { QUICK } from './start-app.ts';
import { until } from './until.ts';
import { json, key, testPrivateLog, useApp, wants } from './use-app.ts';

const settings = { RETRY_BASE_SECONDS: '1', PERSON_NOT_FOUND_DELAYS_SECONDS: '1' };

/** How instances of the built app start, and what they tell of their health. */
const { stack, simulator, logged, post, waitForState, countPatches } = useApp({ settings });

describe('the health', () => {
  test('is open to all, and tells each dependency to those with a key', async () => {
    expect(await (await fetch(`${stack().apiUrl}/health`)).json()).toEqual({ status: 'alive' });
    expect((await fetch(`${stack().apiUrl}/health/dependencies`)).status).toBe(401);
    expect((await fetch(`${stack().apiUrl}/health?code=wrong`)).status).toBe(401);
    expect(await (await fetch(`${stack().apiUrl}/health`, { headers: key })).json()).toHaveProperty(
      'dependencies',
    );
    const response = await fetch(`${stack().apiUrl}/health/dependencies`, { headers: key });
    expect(await response.json()).toMatchObject({
      status: 'ok',
      dependencies: {
        ledger: { ok: true },
        queue: { ok: true },
        blobs: { ok: true },
        webex: { ok: true },
      },
    });
  });
});

describe('the app', () => {
  const base = () => ({
    AzureWebJobsStorage: stack().azurite.connectionString,
    WEBEX_ACCESS_TOKEN: LOCAL_TOKEN,
    WEBEX_API_URL: simulator().apiUrl,
    INVENTORY_SCHEDULE: '0 0 5 * * *',
    SWEEP_SCHEDULE: '0 * * * * *',
    ...settings,
  });
  const appDirectory = new URL('../..', import.meta.url).pathname;

  test('does not start with a bad setting, and names it', async () => {
    const start = startHost({
      timing: QUICK,
      appDirectory,
      settings: { ...base(), WEBEX_ACCESS_TOKEN: '', RETRY_BASE_SECONDS: 'soon' },
    });
    await expect(start).rejects.toThrow(/RETRY_BASE_SECONDS must be a whole number.*\n.*WEBEX_ACCESS_TOKEN/);
  });

  test('says by name that Webex refuses its token', async () => {
    const other = await startHost({
      timing: QUICK,
      appDirectory,
      settings: { ...base(), WEBEX_ACCESS_TOKEN: 'refused-token' },
      keys: { master: 'm', host: 'h' },
    });
    const health = await until('the refusal', async () => {
      const response = await fetch(`${other.url}/api/health/dependencies`, {
        headers: { 'x-functions-key': 'h' },
      });
      // Where others have called just now, it may have to wait for a permit.
      return response.status === 503 ? await response.json() : undefined;
    }).finally(() => other.stop());
    expect(health).toMatchObject({
      dependencies: { webex: { ok: false, detail: expect.stringContaining('Webex: token-refused (401): ') } },
    });
  });

  test('renews the tokens of a Service App by itself, tells them nowhere, and says when it cannot', async () => {
    const told: string[] = [];
    const serviceApp = {
      WEBEX_ACCESS_TOKEN: '',
      WEBEX_CLIENT_ID: 'local-client-id',
      WEBEX_CLIENT_SECRET: 'local-client-secret',
      WEBEX_REFRESH_TOKEN: 'local-refresh-token',
    };
    const start = (more: Record<string, string>) =>
      startHost({
        timing: QUICK,
        appDirectory,
        settings: { ...base(), ...serviceApp, ...more },
        keys: { master: 'm', host: LOCAL_FUNCTION_KEY },
        onLog: ({ message }) => told.push(message),
      });
    const healthOf = async ({ url }: { url: string }) => {
      const response = await fetch(`${url}/api/health/dependencies`, { headers: key });
      return { status: response.status, text: await response.text() };
    };
    const countGranted = () =>
      simulator()
        .requests()
        .filter(({ path, status }) => path === '/access_token' && status === 200).length;
    const host = await start({});
    try {
      // Where others have called just now, it may have to wait for a permit.
      for (const renewals of [1, 2]) {
        await until(`renewal ${renewals}`, async () => {
          expect((await healthOf(host)).status).toBe(200);
          return countGranted() >= renewals || undefined;
        });
        simulator().revokeTokens();
      }
      expect(countGranted()).toBe(2);
    } finally {
      await host.stop();
    }

    const refused = await start({ WEBEX_REFRESH_TOKEN: 'an-ended-refresh-token' });
    const { status, text } = await until('the refusal', async () => {
      const health = await healthOf(refused);
      return health.status === 200 ? undefined : health;
    }).finally(() => refused.stop());
    expect({ status, text }).toMatchObject({
      status: 503,
      text: expect.stringMatching(/refresh-token-refused \(400\): Authorize the Service App again/),
    });
    const everything = told.join('\n') + text;
    for (const secret of [
      'local-access-token',
      'local-refresh-token',
      'local-client-secret',
      'an-ended-refresh-token',
    ]) {
      expect(everything).not.toContain(secret);
    }
  });

  test('runs on several hosts over one storage, each request once', async () => {
    const other = await stack().startAnotherHost();
    const people = [...simulator().organization().people.values()]
      .filter(({ isExternal }) => !isExternal)
      .slice(0, 20);
    const requests = people.map(({ email }, index) => wants(`many-${index}`, email));
    await post({ requests: requests.slice(0, 10) });
    await post({ requests: requests.slice(10) }, json, `${other.url}/api`);
    for (const { requestId } of requests) await waitForState(requestId ?? '', 'succeeded');
    for (const { email } of people) expect(countPatches(email)).toBe(1);
  });
});

testPrivateLog(logged);
