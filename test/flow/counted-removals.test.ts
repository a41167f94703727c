import { beforeAll, beforeEach, expect, test } from '@jest/globals';
import { addPerson } from '../../infra/local/webex/organization.ts';
import { startWebexSimulator, type WebexSimulator } from '../../infra/local/webex/simulator.ts';
import { createRemovalLimiter, type RemovalLimiter } from '../../src/guardrails/removal-limiter.ts';
import { licenseRequestSchema } from '../../src/requests/license-request.ts';
import { acceptRequest } from '../../src/requests/record/accept.ts';
import type { Unanswered } from '../../src/requests/record/person.ts';
import { createCatalogue } from '../../src/webex/catalogue.ts';
import { createWebexClient } from '../../src/webex/client.ts';
import { createStaticToken } from '../../src/webex/tokens/token-source.ts';
import { createTransport } from '../../src/webex/transport.ts';
import { attemptRequests } from '../../src/worker/attempt/attempt.ts';
import { toSiteKey } from '../../src/worker/lease/person-memory.ts';
import { withMemory } from '../memory/known-licenses.ts';
import { NO_GUARDRAILS } from '../memory/no-guardrails.ts';
import { NO_NUMBERS } from '../memory/numbers.ts';
import { createMemoryRemovalCounters } from '../memory/removal-counters.ts';
import { UNLIMITED_SEATS } from '../memory/seats.ts';
import { createParts } from '../parts.ts';

/** Whether a person counts against the limits after an attempt, by what the attempt may have removed. */
const EMAIL = 'counted@example.com';
const MEETINGS = 'Webex Meetings Suite';
const SITE = 'acme.webex.com';
let simulator: WebexSimulator;
let removals: RemovalLimiter;

const started = createParts();
beforeAll(async () => {
  simulator = await started(startWebexSimulator());
});
beforeEach(() => {
  simulator.reset();
  removals = createRemovalLimiter({
    counters: createMemoryRemovalCounters(),
    settings: { perHour: 1, perDay: 'off', callingPerHour: 'off', callingPerDay: 'off' },
    countPeople: async () => undefined,
    ownOrg: async () => undefined,
    clock,
  });
});

const clock = () => new Date();
const meetings = () =>
  [...simulator.organization().licenses.values()].filter(({ name }) => name === MEETINGS).map(({ id }) => id);
const isCounted = async () => (await removals.read(undefined)).people.length === 1;
const refuse = (licenseIds: readonly string[]) =>
  simulator.script({
    method: 'PATCH',
    times: 3,
    effect: { kind: 'partial', failLicenseIds: [...licenseIds], errorCode: 400408 },
  });

/** One attempt to remove. @returns the results, with the condition of each */
async function remove(removed: object, unanswered: readonly Unanswered[] = []): Promise<readonly string[]> {
  const tokens = createStaticToken('local-admin-token');
  const transport = createTransport({
    ...{ apiUrl: simulator.apiUrl, tokens, clock },
    ...{ timeoutMs: 400, newId: () => 'test' },
  });
  const webex = createWebexClient({ transport, apiUrl: simulator.apiUrl, sleep: async () => {} });
  const catalogue = createCatalogue({ listLicenses: webex.licenses.list, maxAgeMs: 60_000, clock });
  const guards = { ...NO_GUARDRAILS, removals, numbers: NO_NUMBERS };
  const deps = { webex, catalogue: withMemory(catalogue, clock), seats: UNLIMITED_SEATS, ...guards, clock };
  const request = licenseRequestSchema.parse({ person: { email: EMAIL }, ...removed });
  const { results } = await attemptRequests(deps, {
    records: [acceptRequest('r', request, { at: clock(), instance: 'test' })],
    person: { personKey: 'person', newest: {}, unanswered },
    isLeaseLost: false,
    deadline: new Date(Date.now() + 10_000),
  });
  return results.flat().map(({ result, condition }) => [result, condition].filter(Boolean).join(' '));
}

const MEETINGS_REMOVED = { licenses: [{ license: MEETINGS, operation: 'remove' }] };

test('a person from whom Webex took nothing does not count', async () => {
  addPerson(simulator.organization(), { email: EMAIL, licenses: meetings() });
  refuse(meetings());
  expect(await remove(MEETINGS_REMOVED)).toEqual([expect.stringMatching(/^failed /)]);
  expect(await isCounted()).toBe(false);
});

test('a person counts where a removal fails after one of its licenses is gone', async () => {
  addPerson(simulator.organization(), { email: EMAIL, licenses: meetings() });
  refuse(meetings().slice(1));
  expect(await remove(MEETINGS_REMOVED)).toEqual([expect.stringMatching(/^failed /)]);
  expect(meetings().map((id) => simulator.organization().people.get(EMAIL)?.licenses.has(id))).toEqual([
    false,
    true,
  ]);
  expect(await isCounted()).toBe(true);
});

test('a person counts where a removal is open again, since an older addition may still arrive', async () => {
  const site = { siteUrl: SITE, operation: 'remove' };
  addPerson(simulator.organization(), { email: EMAIL }).sites.set(SITE, 'ATTENDEE');
  const until = new Date(Date.now() + 10_000);
  const older: Unanswered = { key: toSiteKey(SITE), operation: 'add', until };
  expect(await remove({ siteUrls: [site] }, [older])).toEqual(['wanted']);
  expect(await isCounted()).toBe(true);
});

test('a person counts where Webex does not answer a removal', async () => {
  addPerson(simulator.organization(), { email: EMAIL, licenses: meetings() });
  simulator.script({ method: 'PATCH', effect: { kind: 'reset', applied: true } });
  expect(await remove(MEETINGS_REMOVED)).toEqual(['wanted']);
  expect(await isCounted()).toBe(true);
});

test('a person counts where Webex says that a removal was done, and does not show it', async () => {
  addPerson(simulator.organization(), { email: EMAIL, licenses: meetings() });
  simulator.script({ method: 'PATCH', times: 3, effect: { kind: 'not-applied' } });
  expect(await remove(MEETINGS_REMOVED)).toEqual(['failed not-applied']);
  expect(await isCounted()).toBe(true);
});
