import { describe, expect, test } from '@jest/globals';
import fetch from 'node-fetch';
import { addPerson } from '../../infra/local/webex/organization.ts';
import { toWebexId } from '../../src/webex/webex-id.ts';
import { until } from './until.ts';
import { key, testPrivateLog, useApp, wants } from './use-app.ts';

const OTHER_ORG = toWebexId('ORGANIZATION', '5a1c0b9e-0f4e-4c7e-9d57-0d1f6f3a2b10');

/** License requests that wait for somebody else, at the built app. */
const { stack, simulator, logged, post, get, waitForState, cancel, run, countPatches } = useApp({
  settings: { RETRY_BASE_SECONDS: '1', PERSON_NOT_FOUND_DELAYS_SECONDS: '1', WEBEX_ORG_IDS: OTHER_ORG },
});

describe('a request that must wait', () => {
  test('for the rate limit says so, and counts no attempt', async () => {
    simulator().script({ method: 'PATCH', effect: { kind: 'status', status: 429, retryAfter: '1' } });
    await post(wants('limited'));
    const done = await waitForState('limited', 'succeeded');
    expect(done.attempts).toBe(1);
    expect(done.history.map(({ state, detail }) => detail ?? state)).toEqual([
      'accepted',
      'working',
      'rate-limited',
      'working',
      'succeeded',
    ]);
  });

  test('for the rate limit holds back the others, and Webex is not called before its time', async () => {
    simulator().script({ method: 'PATCH', effect: { kind: 'status', status: 429, retryAfter: '5' } });
    await post(wants('first-limited', 'vint@example.com'));
    await waitForState('first-limited', 'waiting');
    const limitedAt = Date.parse(simulator().requests().at(-1)?.at ?? '');
    await post(wants('next-limited', 'robin@example.com'));
    const next = await waitForState('next-limited', 'succeeded');
    expect(next.history.map(({ detail }) => detail)).toContain('rate-limited: not sent');
    const then = simulator()
      .requests()
      .find(({ at }) => Date.parse(at) > limitedAt);
    expect(Date.parse(then?.at ?? '') - limitedAt).toBeGreaterThanOrEqual(4_990);
  });

  test('for a person who appears late is performed when Webex knows the person', async () => {
    addPerson(simulator().organization(), { email: 'late@example.com', unknownLooks: 4 });
    await post(wants('late', 'late@example.com'));
    const done = await waitForState('late', 'succeeded');
    expect(done.attempts).toBe(1);
    const waits = done.history.filter(({ detail }) => detail === 'person-not-found');
    expect(waits).toMatchObject([{ count: 2 }]);
  });

  test('because Webex refuses one person holds back no other, and is performed once that is mended', async () => {
    simulator().script({
      email: 'robin@example.com',
      method: 'PATCH',
      times: 2,
      effect: { kind: 'status', status: 403 },
    });
    await post(wants('refused-person', 'robin@example.com'));
    const { waiting } = await waitForState('refused-person', 'waiting');
    expect(waiting).toMatchObject({ for: 'permission-missing', detail: expect.stringContaining('scopes') });
    await post(wants('beside-refused', 'vint@example.com'));
    expect((await waitForState('beside-refused', 'succeeded')).history).toHaveLength(3);
    expect((await waitForState('refused-person', 'succeeded')).attempts).toBe(1);
  });

  test('because Webex refuses many people one after the other says why, as do the health and the log', async () => {
    simulator().script({ method: 'PATCH', times: 200, effect: { kind: 'status', status: 403 } });
    for (const name of ['robin', 'vint', 'grace', 'alan'])
      await post(wants(`403-${name}`, `${name}@example.com`));
    const paused = await until('one that is paused', async () => {
      for (const name of ['robin', 'vint', 'grace', 'alan']) {
        const { body } = await get(`403-${name}`);
        if (body.waiting?.for === 'paused') return body.waiting;
      }
      return undefined;
    });
    expect(paused).toMatchObject({
      condition: 'permission-missing',
      detail: expect.stringContaining('scopes'),
    });
    const health = await fetch(`${stack().apiUrl}/health/dependencies`, { headers: key });
    expect([health.status, await health.json()]).toMatchObject([
      503,
      { dependencies: { webex: { ok: false, detail: expect.stringMatching(/permission-missing.*scopes/) } } },
    ]);
    await run('sweep');
    await until('the alarm', () =>
      logged.find((line) => line.includes('webex-access-alarm') && line.includes('permission-missing')),
    );
    simulator().reset();
    for (const name of ['robin', 'vint', 'grace', 'alan']) await cancel(`403-${name}`);
    await post(wants('403-is-over', 'robin@example.com'));
    await waitForState('403-is-over', 'succeeded');
    const after = await fetch(`${stack().apiUrl}/health/dependencies`, { headers: key });
    expect([after.status, await after.json()]).toMatchObject([
      200,
      { dependencies: { webex: { ok: true } } },
    ]);
  });

  test('because Webex refuses its organization holds back no other organization', async () => {
    simulator().script({
      path: `/licenses?orgId=${OTHER_ORG}`,
      times: 100,
      effect: { kind: 'status', status: 403 },
    });
    await post(wants('refused-organization', 'ada@example.com', { orgId: OTHER_ORG }));
    const { waiting } = await waitForState('refused-organization', 'waiting');
    expect(waiting?.for).toBe('paused');
    await post(wants('own-organization', 'vint@example.com'));
    expect((await waitForState('own-organization', 'succeeded')).history).toHaveLength(3);
    // The health names what a request waits for.
    await cancel('refused-organization');
  });

  test('after trouble at Webex is tried again, and what was applied is not sent twice', async () => {
    simulator().script({
      email: 'john@example.com',
      method: 'PATCH',
      effect: { kind: 'status', status: 503, applied: true },
    });
    await post(wants('trouble', 'john@example.com'));
    expect((await waitForState('trouble', 'succeeded')).attempts).toBe(2);
    expect(countPatches('john@example.com')).toBe(1);
  });

  test('until it takes effect is scheduled, and the sweep releases it', async () => {
    const effectiveAt = new Date(Date.now() + 1_000).toISOString();
    expect((await post(wants('scheduled', 'ada@example.com', { effectiveAt }))).body.state).toBe('scheduled');
    await until('the release', async () => {
      await run('sweep');
      return (await get('scheduled')).body.state === 'scheduled' ? undefined : true;
    });
    await waitForState('scheduled', 'succeeded');
    expect(Date.now()).toBeGreaterThan(Date.parse(effectiveAt));
  });
});

testPrivateLog(logged);
