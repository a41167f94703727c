import { beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { startWebexSimulator, type WebexSimulator } from '../../infra/local/webex/simulator.ts';
import { type LicenseRequest, licenseRequestSchema } from '../../src/requests/license-request.ts';
import { acceptRequest } from '../../src/requests/record/accept.ts';
import type { Unanswered } from '../../src/requests/record/person.ts';
import type { RequestRecord } from '../../src/requests/record/record.ts';
import { createCatalogue } from '../../src/webex/catalogue.ts';
import { createWebexClient } from '../../src/webex/client.ts';
import { createStaticToken } from '../../src/webex/tokens/token-source.ts';
import { createTransport } from '../../src/webex/transport.ts';
import { attemptRequests } from '../../src/worker/attempt/attempt.ts';
import type { AttemptEnd } from '../../src/worker/attempt/attempt-end.ts';
import type { Job } from '../../src/worker/job.ts';
import { withMemory } from '../memory/known-licenses.ts';
import { NO_GUARDRAILS } from '../memory/no-guardrails.ts';
import { NO_NUMBERS } from '../memory/numbers.ts';
import { UNLIMITED_SEATS } from '../memory/seats.ts';
import { createParts } from '../parts.ts';
import { until } from './until.ts';

/** Attempts against the simulator: what is asserted is the conversation, and the result of each item. */
let simulator: WebexSimulator;
let attempt: (job: Job) => Promise<AttemptEnd>;

const started = createParts();
beforeAll(async () => {
  simulator = await started(startWebexSimulator());
});
beforeEach(() => {
  simulator.reset();
  const clock = () => new Date();
  const transport = createTransport({
    apiUrl: simulator.apiUrl,
    tokens: createStaticToken('local-admin-token'),
    timeoutMs: 400,
    clock,
    newId: () => 'test',
  });
  const webex = createWebexClient({ transport, apiUrl: simulator.apiUrl, sleep: async () => {} });
  const catalogue = createCatalogue({ listLicenses: webex.licenses.list, maxAgeMs: 60_000, clock });
  const seats = UNLIMITED_SEATS;
  const deps = {
    webex,
    catalogue: withMemory(catalogue, clock),
    seats,
    ...NO_GUARDRAILS,
    numbers: NO_NUMBERS,
    clock,
  };
  attempt = (job) => attemptRequests(deps, job);
});

const idOf = (name: string, subscriptionId?: string): string => {
  const license = [...simulator.organization().licenses.values()].find(
    (item) => item.name === name && (subscriptionId === undefined || item.subscriptionId === subscriptionId),
  );
  if (!license) throw new Error(`no license ${name}`);
  return license.id;
};
const holds = (email: string, name: string) =>
  simulator.organization().people.get(email)?.licenses.has(idOf(name));
const conversation = () =>
  simulator.requests().map(({ method, path, status }) => `${method} ${path} ${status}`);
const calling = () => ({ locationId: [...simulator.organization().locationIds][0], extension: '4711' });

async function run(
  email: string,
  licenses: object[],
  more: object = {},
  entryMore: Partial<RequestRecord> = {},
  unanswered: readonly Unanswered[] = [],
) {
  const request: LicenseRequest = licenseRequestSchema.parse({ person: { email }, licenses, ...more });
  const record = { ...acceptRequest('r', request, { at: new Date(), instance: 'test' }), ...entryMore };
  const deadline = new Date(Date.now() + 10_000);
  const { results: all, ...end } = await attempt({
    records: [record],
    person: { personKey: 'person', newest: {}, unanswered },
    isLeaseLost: false,
    deadline,
  });
  const results = all[0] ?? [];
  return {
    ...end,
    results,
    told: results.map(({ result, condition }) => [result, condition].filter(Boolean).join(' ')),
  };
}

const CATALOGUE = 'GET /licenses 200';

describe('an attempt', () => {
  test('is one PATCH where one is enough, and keeps the person id', async () => {
    const { told, personId } = await run('ada@example.com', [{ license: 'Advanced Messaging' }]);
    expect(told).toEqual(['assigned']);
    expect(personId).toBe(simulator.organization().people.get('ada@example.com')?.id);
    expect(conversation()).toEqual([CATALOGUE, 'PATCH /licenses/users 200']);
  });

  test('names the person by id once it is known', async () => {
    const personId = simulator.organization().people.get('ada@example.com')?.id;
    await run(
      'old-address@example.com',
      [{ license: 'Advanced Messaging' }],
      {},
      { personId: personId ?? '' },
    );
    expect(simulator.requests().at(-1)?.body).toMatchObject({ personId });
    expect(simulator.requests().at(-1)?.body).not.toHaveProperty('email');
  });

  test('judges a 206 by the licenses that are there, and learns the reason of the others alone', async () => {
    const { told, results } = await run('donald@example.com', [
      { license: 'Advanced Messaging' },
      { license: 'Webex Attendant Console' },
    ]);
    expect(told).toEqual(['assigned', 'failed needs-calling-professional']);
    expect(results[1]).toMatchObject({ code: 400408 });
    expect(conversation()).toEqual([CATALOGUE, 'PATCH /licenses/users 206', 'PATCH /licenses/users 400']);
  });

  test('does not take a 200 for done that does not show it', async () => {
    simulator.script({ method: 'PATCH', times: 3, effect: { kind: 'not-applied' } });
    const { told } = await run('grace@example.com', [{ license: 'Advanced Messaging', operation: 'remove' }]);
    expect(told).toEqual(['failed not-applied']);
  });

  test('sends each alone where all was refused together', async () => {
    const { told } = await run('alan@example.com', [
      { license: 'Screen Share', operation: 'remove' },
      { license: 'Messenger' },
    ]);
    expect(told).toEqual(['removed implicit-license', 'failed messenger-not-managed']);
    expect(conversation().filter((line) => line.startsWith('PATCH'))).toHaveLength(3);
  });

  test('sends what lacked a prerequisite once more when that is there', async () => {
    const ids = [idOf('Webex Calling - Professional', 'Sub100448'), idOf('Webex Attendant Console')];
    simulator.script({
      method: 'PATCH',
      effect: {
        kind: 'status',
        status: 400,
        body: { message: 'no', errors: [{ errorCode: 400408, description: 'no' }] },
      },
    });
    const { told } = await run('radia@example.com', [
      { license: ids[1] },
      { license: ids[0], properties: calling() },
    ]);
    expect(told).toEqual(['assigned', 'assigned']);
  });

  test('keeps a Calling license whose replacement is refused, and sends the exchange once', async () => {
    const swap = [
      { license: 'Webex Calling - Standard', operation: 'remove' },
      {
        license: idOf('Webex Calling - Professional'),
        properties: { locationId: 'nowhere', extension: '1' },
      },
    ];
    const { told } = await run('alan@example.com', swap, { allowCallingRemoval: true });
    expect(told).toEqual(['failed removal-withheld', 'failed location-unknown']);
    expect(conversation().filter((line) => line.startsWith('PATCH'))).toHaveLength(1);
    expect(holds('alan@example.com', 'Webex Calling - Standard')).toBe(true);
  });

  test('swaps Calling Standard for Professional in one PATCH', async () => {
    const swap = [
      { license: 'Webex Calling - Standard', operation: 'remove' },
      { license: idOf('Webex Calling - Professional'), properties: calling() },
    ];
    const { told } = await run('alan@example.com', swap, { allowCallingRemoval: true });
    expect(told).toEqual(['removed', 'assigned']);
    expect(conversation().filter((line) => line.startsWith('PATCH'))).toHaveLength(1);
  });

  test('removes no Calling license without leave', async () => {
    const { told } = await run('alan@example.com', [
      { license: 'Webex Calling - Standard', operation: 'remove' },
    ]);
    expect(told).toEqual(['failed calling-removal-not-allowed']);
    expect(conversation()).toEqual([CATALOGUE, 'GET /people 200']);
  });

  test('reads before it removes a Calling license, and leaves it where it is not held', async () => {
    const removal = [{ license: 'Webex Calling - Standard', operation: 'remove' }];
    const { told, results } = await run('ada@example.com', removal, { allowCallingRemoval: true });
    expect(told).toEqual(['removed']);
    expect(results[0]?.changed).toBe(false);
    expect(conversation()).toEqual([CATALOGUE, 'GET /people 200']);
  });

  test('removes from a person who is named by id what the person holds', async () => {
    const { id: personId = '' } = simulator.organization().people.get('alan@example.com') ?? {};
    const removal = [{ license: 'Webex Calling - Standard', operation: 'remove' }];
    const more = { person: { personId }, allowCallingRemoval: true };
    const { told, results } = await run('', removal, more);
    expect(told).toEqual(['removed']);
    expect(results[0]).not.toHaveProperty('changed');
    expect(conversation()).toEqual([CATALOGUE, `GET /people/${personId} 200`, 'PATCH /licenses/users 200']);
    expect(holds('alan@example.com', 'Webex Calling - Standard')).toBe(false);
  });

  test('takes no license for removed where Webex does not tell what the person holds', async () => {
    const { id: personId = '', email } = simulator.organization().people.get('alan@example.com') ?? {};
    const body = { id: personId, emails: [email] };
    simulator.script({ path: '/people', times: 9, effect: { kind: 'status', status: 200, body } });
    const removal = [{ license: 'Webex Calling - Standard', operation: 'remove' }];
    const { results } = await run('', removal, { person: { personId }, allowCallingRemoval: true });
    const isSaid = results[0]?.result === 'removed';
    expect(isSaid).toBe(!holds('alan@example.com', 'Webex Calling - Standard'));
  });

  test('takes, of a name in two subscriptions, the one with the most free units', async () => {
    const { results } = await run('radia@example.com', [
      { license: 'Webex Calling - Professional', properties: calling() },
    ]);
    expect(results[0]?.licenseId).toBe(idOf('Webex Calling - Professional', 'Sub100448'));
  });

  test('gives no second one of a name that the person holds in another subscription', async () => {
    const held = idOf('Webex Meetings Suite', 'Sub217703');
    simulator.organization().people.get('ada@example.com')?.licenses.add(held);
    const { results } = await run('ada@example.com', [{ license: 'Webex Meetings Suite' }]);
    expect(results[0]).toMatchObject({ result: 'assigned', licenseId: held, changed: false });
    expect(conversation()).toEqual([CATALOGUE, 'GET /people 200']);
  });

  test('looks for a license that is not known in a fresh catalogue, once, and sends nothing', async () => {
    const { told } = await run('ada@example.com', [{ license: 'No such license' }]);
    expect(told).toEqual(['failed license-not-recognized']);
    expect(conversation()).toEqual([CATALOGUE, CATALOGUE]);
  });

  test('takes the license that a name means by now, where Webex does not recognize the one known', async () => {
    await run('ada@example.com', [{ license: 'Webex Suite' }]);
    const { licenses } = simulator.organization();
    const old = licenses.get(idOf('Webex Suite'));
    if (!old) throw new Error('no Webex Suite');
    licenses.delete(old.id);
    const id = Buffer.from(Buffer.from(old.id, 'base64').toString().replace('WS_', 'WX_')).toString('base64');
    licenses.set(id, { ...old, id });
    const { results, told } = await run('grace@example.com', [{ license: 'Webex Suite' }]);
    expect(told).toEqual(['assigned']);
    expect(results[0]?.licenseId).toBe(id);
    expect(conversation().slice(-3)).toEqual([
      'PATCH /licenses/users 400',
      CATALOGUE,
      'PATCH /licenses/users 200',
    ]);
  });

  test('does not send a license that breaks a rule, and sends the rest in one PATCH', async () => {
    const { told } = await run('ada@example.com', [
      { license: idOf('Webex Calling - Professional') },
      { license: 'Advanced Messaging' },
      { license: 'Webex Webinars 1000' },
    ]);
    expect(told).toEqual(['failed calling-properties-missing', 'assigned', 'assigned']);
    expect(conversation()).toEqual([CATALOGUE, 'GET /people 200', 'PATCH /licenses/users 200']);
  });

  test('takes the removal of Screen Share for done', async () => {
    const { told } = await run('ada@example.com', [{ license: 'Screen Share', operation: 'remove' }]);
    expect(told).toEqual(['removed implicit-license']);
  });

  test('leaves what a person outside the organization must accept as pending', async () => {
    const { told } = await run('partner@contractor.example.net', [{ license: idOf('Webex Meetings Suite') }]);
    expect(told).toEqual(['pending']);
  });

  test('changes a license by its name of a person whom Webex does not list, by one PATCH', async () => {
    const email = 'partner@contractor.example.net';
    const unlisted = { kind: 'status', status: 200, body: { items: [] } } as const;
    simulator.script({ method: 'GET', path: '/people', times: 1_000, effect: unlisted });
    const added = await run(email, [{ license: 'Webex Meetings Suite' }]);
    expect(added.told).toEqual(['pending']);
    const licenseId = added.results[0]?.licenseId;
    const removed = await run(email, [{ license: licenseId, operation: 'remove' }]);
    expect(removed.results).toMatchObject([{ result: 'removed', licenseId }]);
    expect(removed.results[0]).not.toHaveProperty('changed');
    expect(
      simulator
        .organization()
        .people.get(email)
        ?.pendingLicenses.has(licenseId ?? ''),
    ).toBe(false);
    expect(conversation().filter((line) => line.startsWith('PATCH'))).toHaveLength(2);
  });

  test('removes by its name what is pending for a person whom Webex does not list, in any subscription', async () => {
    const email = 'partner@contractor.example.net';
    const ids = ['Sub100448', 'Sub217703'].map((subscription) => idOf('Webex Meetings Suite', subscription));
    for (const license of ids) expect((await run(email, [{ license }])).told).toEqual(['pending']);
    const removal = { license: 'Webex Meetings Suite', operation: 'remove' };
    expect((await run(email, [removal])).told).toEqual(['removed']);
    const { pendingLicenses } = simulator.organization().people.get(email) ?? {};
    expect(ids.some((id) => pendingLicenses?.has(id))).toBe(false);
  });

  test('takes the answer to a second change for a look, where Webex does not list the person', async () => {
    const email = 'partner@contractor.example.net';
    const unlisted = { kind: 'status', status: 200, body: { items: [] } } as const;
    simulator.script({ method: 'GET', path: '/people', times: 1_000, effect: unlisted });
    const removal = [{ license: 'Advanced Messaging', operation: 'remove' }];
    const { told, mayHaveApplied } = await run(email, removal, {}, { mayHaveApplied: true });
    expect(told).toEqual(['removed']);
    expect(mayHaveApplied).toBe(false);
    expect(conversation().filter((line) => line.startsWith('PATCH'))).toHaveLength(2);
  });

  test('sends a removal for a person of another organization, whose pending licenses are not listed', async () => {
    const email = 'partner@contractor.example.net';
    const orgId = Buffer.from('ciscospark://us/ORGANIZATION/aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa').toString(
      'base64',
    );
    const id = simulator.organization().people.get(email)?.id;
    const listed = { items: [{ id, emails: [email], orgId, licenses: [] }] };
    simulator.script({
      method: 'GET',
      path: '/people',
      times: 9,
      effect: { kind: 'status', status: 200, body: listed },
    });
    const removal = { license: 'Webex Meetings Suite', operation: 'remove' };
    const { told } = await run(email, [removal]);
    expect(told).toEqual(['removed']);
    expect(conversation().some((line) => line.startsWith('PATCH'))).toBe(true);
  });

  test('asks Webex to change an unknown person whose license has to be looked up, and waits for the person', async () => {
    const { told, failure } = await run('unknown@example.com', [{ license: 'Webex Meetings Suite' }]);
    expect(told).toEqual(['wanted']);
    expect(failure?.condition).toBe('person-not-found');
  });

  test('says of a dry run for a person whom Webex does not list that only a change would tell', async () => {
    const { told } = await run('unknown@example.com', [{ license: 'Advanced Messaging' }], { dryRun: true });
    expect(told).toEqual(['planned person-not-listed']);
  });

  test('adds and removes attendee access to a site', async () => {
    const site = { siteUrl: 'Acme.webex.com' };
    expect((await run('ada@example.com', [], { siteUrls: [site] })).told).toEqual(['assigned']);
    expect((await run('ada@example.com', [], { siteUrls: [{ ...site, operation: 'remove' }] })).told).toEqual(
      ['removed'],
    );
    expect((await run('ada@example.com', [], { siteUrls: [{ siteUrl: 'other.webex.com' }] })).told).toEqual([
      'failed site-not-valid',
    ]);
  });

  test('changes nothing in a dry run, and says what it would send', async () => {
    const { told } = await run(
      'grace@example.com',
      [{ license: 'Advanced Messaging' }, { license: 'Webex Webinars 1000' }],
      { dryRun: true },
    );
    expect(told).toEqual(['assigned', 'planned']);
    expect(conversation().some((line) => line.startsWith('PATCH'))).toBe(false);
  });

  test('stops at a person whom Webex does not know, and nothing may have been applied', async () => {
    const { told, failure, mayHaveApplied } = await run('nobody@example.com', [
      { license: 'Advanced Messaging' },
    ]);
    expect(told).toEqual(['wanted']);
    expect(failure?.condition).toBe('person-not-found');
    expect(mayHaveApplied).toBe(false);
  });

  test.each([
    [{ kind: 'status', status: 503, applied: true }, 'webex-unavailable'],
    [{ kind: 'reset', applied: true }, 'no-answer'],
    [{ kind: 'hang', applied: true }, 'no-answer'],
    [{ kind: 'malformed-json', applied: true }, 'unreadable-answer'],
    [{ kind: 'html', status: 200, applied: true }, 'unreadable-answer'],
    [{ kind: 'html', status: 502, applied: true }, 'webex-unavailable'],
  ] as const)(
    'after %j may have been applied: the next one reads, and sends nothing twice',
    async (effect, condition) => {
      simulator.script({ method: 'PATCH', effect });
      const first = await run('ada@example.com', [{ license: 'Advanced Messaging' }]);
      expect(first.failure?.condition).toBe(condition);
      expect(first.mayHaveApplied).toBe(true);
      simulator.clearRequests();

      const { results, mayHaveApplied } = first;
      const next = await run(
        'ada@example.com',
        [{ license: 'Advanced Messaging' }],
        {},
        { results, mayHaveApplied },
      );
      expect(next.results[0]).toMatchObject({ result: 'assigned', changed: false });
      expect(next.mayHaveApplied).toBe(false);
      expect(conversation()).toEqual(['GET /people 200']);
    },
  );

  test.each([
    ['a holder that died', { isLeaseLost: true, mayHaveApplied: false }],
    ['a change without an answer', { isLeaseLost: false, mayHaveApplied: true }],
  ])('after %s reads the person before it settles, and undoes what came late', async (_what, before) => {
    // The second look at the person takes its time: the change of the dead arrives before it.
    const slow = { kind: 'slow', delayMs: 300 } as const;
    simulator.script({ method: 'GET', path: '/people', skip: 1, effect: slow });
    const email = 'grace@example.com';
    const request = licenseRequestSchema.parse({
      person: { email },
      licenses: [{ license: 'Advanced Messaging', operation: 'remove' }],
    });
    const { isLeaseLost, mayHaveApplied: mayHave } = before;
    const accepted = acceptRequest('r', request, { at: new Date(), instance: 'test' });
    const ended = attempt({
      records: [{ ...accepted, mayHaveApplied: mayHave }],
      person: { personKey: 'person', newest: {} },
      isLeaseLost,
      deadline: new Date(Date.now() + 10_000),
    });
    await until('the change', () => (holds(email, 'Advanced Messaging') ? undefined : true));
    simulator.organization().people.get(email)?.licenses.add(idOf('Advanced Messaging'));
    const { results, failure, mayHaveApplied } = await ended;
    expect(results).toMatchObject([[{ result: 'wanted' }]]);
    expect(failure?.condition).toBe('conflicting-change');
    expect(mayHaveApplied).toBe(true);
  });

  test('after a holder that died stays in doubt where the rate limit comes between', async () => {
    simulator.script({ method: 'PATCH', effect: { kind: 'status', status: 429, retryAfter: '1' } });
    const wanted = [{ license: 'Advanced Messaging' }];
    const { told, mayHaveApplied } = await run('ada@example.com', wanted, {}, { mayHaveApplied: true });
    expect(told).toEqual(['wanted']);
    // The change of the dead may still arrive: whoever is next looks before it settles.
    expect(mayHaveApplied).toBe(true);
  });

  test('settles nothing while in doubt: what is as wanted now may be changed late', async () => {
    simulator.script({ method: 'PATCH', effect: { kind: 'status', status: 429, retryAfter: '1' } });
    const email = 'grace@example.com';
    const wanted = [
      { license: 'Advanced Messaging', operation: 'remove' },
      { license: 'Webex Attendant Console', operation: 'remove' },
    ];
    expect([holds(email, 'Advanced Messaging'), holds(email, 'Webex Attendant Console')]).toEqual([
      true,
      false,
    ]);
    const { told, asked } = await run(email, wanted, {}, { mayHaveApplied: true });
    expect(told).toEqual(['wanted', 'wanted']);
    expect([...asked.values()].some(({ isDecided }) => isDecided)).toBe(false);
  });

  test.each([429, 423])('after %i was not applied', async (status) => {
    simulator.script({ method: 'PATCH', effect: { kind: 'status', status, retryAfter: 'rand(30),add(30)' } });
    const { failure, mayHaveApplied } = await run('ada@example.com', [{ license: 'Advanced Messaging' }]);
    expect(failure).toMatchObject({ condition: 'rate-limited', retryAfterMs: undefined });
    expect(mayHaveApplied).toBe(false);
  });

  test('keeps what was settled when trouble comes between', async () => {
    simulator.script({ method: 'PATCH', skip: 1, effect: { kind: 'status', status: 503 } });
    const wanted = [{ license: 'Advanced Messaging' }, { license: 'Webex Attendant Console' }];
    const { told } = await run('donald@example.com', wanted);
    expect(told).toEqual(['assigned', 'wanted']);
  });
});

describe('a change that was never answered', () => {
  const patches = () => conversation().filter((line) => line.startsWith('PATCH'));
  const onItsWay = (operation: 'add' | 'remove', untilMs: number): readonly Unanswered[] => [
    { key: `id ${idOf('Advanced Messaging')}`, operation, until: new Date(untilMs) },
  ];
  const removal = [{ license: 'Advanced Messaging', operation: 'remove' }];

  test('is remembered by its licenses for as long as it may arrive', async () => {
    simulator.script({ method: 'PATCH', effect: { kind: 'status', status: 503 } });
    const { unanswered = [] } = await run('ada@example.com', [{ license: 'Advanced Messaging' }]);
    expect(unanswered).toMatchObject([{ key: `id ${idOf('Advanced Messaging')}`, operation: 'add' }]);
    expect(unanswered[0]?.until.getTime()).toBeGreaterThan(Date.now());
  });

  test.each([
    ['an add that may arrive: a removal that finds nothing held', 'remove', 'add'],
    ['a removal that may arrive: an add that finds it held', 'add', 'remove'],
  ] as const)('%s is sent all the same, and looked at once more', async (_what, operation, opposed) => {
    const email = 'ada@example.com';
    if (operation === 'add') await run(email, [{ license: 'Advanced Messaging' }]);
    const wanted = [{ license: 'Advanced Messaging', operation }];
    const sentBefore = patches().length;
    const first = await run(email, wanted, {}, {}, onItsWay(opposed, Date.now() + 20_000));
    expect(patches()).toHaveLength(sentBefore + 1);
    expect(first.told).toEqual(['wanted']);
    expect(first.failure).toMatchObject({ condition: 'unanswered-change', remedy: 'retry' });
    expect(first.failure?.retryAfterMs).toBeGreaterThan(10_000);
    expect(first.mayHaveApplied).toBe(true);
    // It arrives after that answer.
    const held = simulator.organization().people.get(email)?.licenses;
    if (opposed === 'add') held?.add(idOf('Advanced Messaging'));
    else held?.delete(idOf('Advanced Messaging'));
    const over = onItsWay(opposed, Date.now() - 1);
    const next = await run(email, wanted, {}, { results: first.results, mayHaveApplied: true }, over);
    expect(next.failure).toBeUndefined();
    expect(next.told).toEqual([operation === 'add' ? 'assigned' : 'removed']);
    expect(holds(email, 'Advanced Messaging')).toBe(operation === 'add');
  });

  test('holds up no change of another license, and none that asks for the same', async () => {
    const other = await run(
      'ada@example.com',
      [{ license: 'Webex Webinars 1000', operation: 'remove' }],
      {},
      {},
      onItsWay('add', Date.now() + 20_000),
    );
    expect(other.failure).toBeUndefined();
    const same = await run('ada@example.com', removal, {}, {}, onItsWay('remove', Date.now() + 20_000));
    expect(same.told).toEqual(['removed']);
  });
});
