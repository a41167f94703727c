import { beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { toFeatureKey } from '../../infra/local/webex/lines.ts';
import { startWebexSimulator, type WebexSimulator } from '../../infra/local/webex/simulator.ts';
import { toLimits } from '../../src/guardrails/limits.ts';
import { createNumbers, type Numbers } from '../../src/numbers/numbers.ts';
import { licenseRequestSchema } from '../../src/requests/license-request.ts';
import { acceptRequest } from '../../src/requests/record/accept.ts';
import type { ItemResult } from '../../src/requests/record/item-result.ts';
import type { Person } from '../../src/requests/record/person.ts';
import type { NoSeats } from '../../src/seats/pool.ts';
import type { WebexNumbers } from '../../src/webex/calling-numbers.ts';
import { createCatalogue } from '../../src/webex/catalogue.ts';
import { createWebexClient } from '../../src/webex/client.ts';
import { createStaticToken } from '../../src/webex/tokens/token-source.ts';
import { createTransport } from '../../src/webex/transport.ts';
import { attemptRequests } from '../../src/worker/attempt/attempt.ts';
import { withMemory } from '../memory/known-licenses.ts';
import { NO_GUARDRAILS } from '../memory/no-guardrails.ts';
import { createMemoryNumberAccesses, createMemoryNumberReservations } from '../memory/numbers.ts';
import { createParts } from '../parts.ts';

/** Webex Calling licenses of one person, asked for by one or several requests, against the simulator. */
let simulator: WebexSimulator;
/** What happens where a license that is to be added has no seat; by its name. */
let noSeats: Map<string, NoSeats>;

/** None, unless a test says so. */
let guardrails: typeof NO_GUARDRAILS;
/** Of the requests of one test, which are performed one after the other. */
let numbers: Numbers | undefined;

const started = createParts();
beforeAll(async () => {
  simulator = await started(startWebexSimulator());
});
beforeEach(() => {
  simulator.reset();
  noSeats = new Map();
  guardrails = NO_GUARDRAILS;
  numbers = undefined;
});

function newNumbers(webex: WebexNumbers, clock: () => Date): Numbers {
  numbers = createNumbers({
    reservations: createMemoryNumberReservations(),
    accesses: createMemoryNumberAccesses(),
    webex,
    readPhoneNumber: async (text) => text,
    requestStore: { read: async () => undefined, waitingForNumbers: async () => [] },
    messages: { send: async () => {} },
    clock,
  });
  return numbers;
}

const STANDARD = 'Webex Calling - Standard';
const PROFESSIONAL = 'Webex Calling - Professional';
const CONSOLE = 'Webex Attendant Console';
const line = () => ({ locationId: [...simulator.organization().locationIds][0], extension: '4711' });
const add = (license: unknown, properties: object | undefined = line()) => ({ license, properties });
const addOther = (license: string) => ({ license });
const remove = (license: unknown) => ({ license, operation: 'remove' });

interface Asked {
  readonly licenses?: readonly object[];
  readonly siteUrls?: readonly object[];
  readonly allowCallingRemoval?: boolean;
  readonly dryRun?: boolean;
}
const start = Date.now();

/** Requests one after the other, a second apart; performed in the order given, one attempt for each group. */
async function performed(email: string, groups: readonly (readonly Asked[])[]) {
  const clock = () => new Date();
  const tokens = createStaticToken('local-admin-token');
  const { apiUrl } = simulator;
  const transport = createTransport({ apiUrl, tokens, timeoutMs: 5_000, clock, newId: () => 'test' });
  const webex = createWebexClient({ transport, apiUrl, sleep: async () => {} });
  const catalogue = createCatalogue({ listLicenses: webex.licenses.list, maxAgeMs: 60_000, clock });
  const seats = {
    reserve: async ({ name }: { name: string }) => !noSeats.has(name),
    noSeats: ({ name }: { name: string }) => noSeats.get(name) ?? 'overage',
  };
  const deps = {
    webex,
    catalogue: withMemory(catalogue, clock),
    seats,
    ...guardrails,
    numbers: numbers ?? newNumbers(webex.numbers, clock),
    clock,
  };
  const newest: Record<string, Person['newest'][string]> = {};
  const ended: (readonly ItemResult[])[] = [];
  let accepted = 0;
  for (const group of groups) {
    const records = group.map((asked) => {
      accepted += 1;
      const request = licenseRequestSchema.parse({ person: { email }, allowCallingRemoval: true, ...asked });
      const at = new Date(start + accepted * 1_000);
      return acceptRequest(`r${accepted}`, request, { at, instance: 'test' });
    });
    const deadline = new Date(Date.now() + 20_000);
    // The newest leads, as where its message comes first.
    const end = await attemptRequests(deps, {
      records: [...records].reverse(),
      person: { personKey: 'person', newest },
      isLeaseLost: false,
      deadline,
    });
    expect(end.failure).toBeUndefined();
    for (const [key, { isDecided, ...one }] of end.asked) if (isDecided) newest[key] = one;
    const results = [...end.results].reverse();
    ended.push(...records.map((_entry, index) => results[index] ?? []));
  }
  return ended;
}
const perform = async (email: string, groups: readonly (readonly Asked[])[]) =>
  (await performed(email, groups)).map((results) =>
    results.map(({ result, condition }) => [result, condition].filter(Boolean).join(' ')),
  );
const one = async (email: string, asked: Asked) => (await perform(email, [[asked]]))[0];

const idOf = (name: string, subscriptionId?: string): string => {
  const found = [...simulator.organization().licenses.values()].find(
    (license) =>
      license.name === name && (subscriptionId === undefined || license.subscriptionId === subscriptionId),
  );
  if (!found) throw new Error(`no license ${name}`);
  return found.id;
};
function held(email: string): readonly string[] {
  const { licenses, people } = simulator.organization();
  return [...(people.get(email)?.licenses ?? [])].flatMap((id) => {
    const license = licenses.get(id);
    return license?.subscriptionId ? [license.name] : [];
  });
}
const extensionOf = (email: string) => simulator.organization().people.get(email)?.extension;
const patches = () => simulator.requests().filter(({ method }) => method === 'PATCH');

/** Alan holds Standard, Katherine and Sophie Professional, Ken Professional with Attendant Console. */
const ALAN = 'alan@example.com';
const KATHERINE = 'katherine@example.com';

describe('an exchange of Calling licenses', () => {
  test.each<[string, () => object, NoSeats | undefined]>([
    ['without properties', () => addOther(PROFESSIONAL), undefined],
    ['with a location and no extension', () => add(PROFESSIONAL, { locationId: 'x' }), undefined],
    ['with an extension and no location', () => add(PROFESSIONAL, { extension: '4711' }), undefined],
    ['of an unknown name', () => add('Webex Calling - Profesional'), undefined],
    ['of an unknown name without properties', () => addOther('No Such License'), undefined],
    ['of an unknown subscription', () => add({ name: PROFESSIONAL, subscriptionId: 'Sub0' }), undefined],
    ['without a seat, where that is refused', () => add(PROFESSIONAL), 'reject'],
    ['without a seat, where that is waited for', () => add(PROFESSIONAL), 'wait'],
    [
      'in a location that Webex does not know',
      () => add(PROFESSIONAL, { ...line(), locationId: 'x' }),
      undefined,
    ],
  ])('keeps the old license where the new one is asked for %s', async (_why, toAddition, policy) => {
    if (policy) noSeats.set(PROFESSIONAL, policy);
    const before = extensionOf(ALAN);
    const removed = remove(STANDARD);
    const [first, second] = (await one(ALAN, { licenses: [removed, toAddition()] })) ?? [];
    expect(first).toBe(policy === 'wait' ? 'wanted' : 'failed removal-withheld');
    expect(second).toMatch(policy === 'wait' ? /^wanted/ : /^failed/);
    expect(await one(ALAN, { licenses: [toAddition(), removed] })).toEqual([second, first]);
    expect(held(ALAN)).toEqual([STANDARD]);
    expect(extensionOf(ALAN)).toBe(before);
  });

  test('takes both licenses where a newer request takes the new one, however they are performed', async () => {
    const exchange = { licenses: [remove(STANDARD), add(idOf(PROFESSIONAL))] };
    const newer = { licenses: [remove(idOf(PROFESSIONAL))] };
    expect(await perform(ALAN, [[exchange, newer]])).toEqual([['removed', 'superseded'], ['removed']]);
    expect(held(ALAN)).toEqual([]);
  });

  test('keeps the old line until its removal is approved, and gives what stands alone', async () => {
    const [limit] = toLimits({ perHour: 1, perDay: 'off', callingPerHour: 'off', callingPerDay: 'off' }, 1);
    if (limit === undefined) throw new Error('there is a limit');
    const reserve = async () => ({ kind: 'full', limit }) as const;
    guardrails = {
      ...NO_GUARDRAILS,
      removals: { ...NO_GUARDRAILS.removals, limits: async () => [limit], reserve },
    };
    const exchange = [remove(STANDARD), add(idOf(PROFESSIONAL)), addOther('Advanced Messaging')];
    expect(await one(ALAN, { licenses: exchange })).toEqual([
      'wanted needs-approval',
      'wanted needs-approval',
      'assigned',
    ]);
    expect(held(ALAN)).toEqual([STANDARD, 'Advanced Messaging']);
  });

  test('removes the old license where the new one is held already, in one call', async () => {
    simulator.organization().people.get(ALAN)?.licenses.add(idOf(PROFESSIONAL));
    expect(await one(ALAN, { licenses: [remove(STANDARD), addOther(PROFESSIONAL)] })).toEqual([
      'removed',
      'assigned',
    ]);
    expect(held(ALAN)).toEqual([PROFESSIONAL]);
    expect(patches()).toHaveLength(1);
  });

  test('is not held up by what is refused of another license of the request', async () => {
    const licenses = [remove(STANDARD), addOther('Messenger'), add(PROFESSIONAL)];
    expect(await one(ALAN, { licenses })).toEqual(['removed', 'failed messenger-not-managed', 'assigned']);
    expect(held(ALAN)).toEqual([PROFESSIONAL]);
    expect(await one(KATHERINE, { licenses: [remove(PROFESSIONAL), addOther('Messenger')] })).toEqual([
      'removed',
      'failed messenger-not-managed',
    ]);
  });

  test.each([
    ['before it', 0],
    ['after it', 1],
  ])('of one request is refused, and the removal by a request %s goes on', async (_when, place) => {
    const leaver = { licenses: [remove(STANDARD)] };
    const mover = {
      licenses: [addOther('Messenger'), add(PROFESSIONAL, { locationId: 'x', extension: '1' })],
    };
    const group = place === 0 ? [leaver, mover] : [mover, leaver];
    const told = await perform(ALAN, [group]);
    expect(told[place]).toEqual(['removed']);
    expect(held(ALAN)).toEqual([]);
  });

  test('of one request fails, and what another request asks for of the same license is done', async () => {
    const exchange = { licenses: [remove(STANDARD), addOther(PROFESSIONAL)] };
    const leaver = { licenses: [remove(STANDARD)] };
    expect(await perform(ALAN, [[exchange, leaver]])).toEqual([
      ['failed removal-withheld', 'failed calling-properties-missing'],
      ['removed'],
    ]);
    expect(held(ALAN)).toEqual([]);
  });
});

describe('requests for one person that Webex judges together', () => {
  const both = (...asked: Asked[]) => asked;
  test.each<[string, string, () => readonly Asked[]]>([
    [
      'a removal of Professional, then Standard',
      KATHERINE,
      () => both({ licenses: [remove(PROFESSIONAL)] }, { licenses: [add(STANDARD)] }),
    ],
    [
      'Standard, then a removal of Professional',
      KATHERINE,
      () => both({ licenses: [add(STANDARD)] }, { licenses: [remove(PROFESSIONAL)] }),
    ],
    [
      'Professional, then a removal of Standard',
      ALAN,
      () => both({ licenses: [add(PROFESSIONAL)] }, { licenses: [remove(STANDARD)] }),
    ],
    [
      'a removal of Standard, then Professional',
      ALAN,
      () => both({ licenses: [remove(STANDARD)] }, { licenses: [add(PROFESSIONAL)] }),
    ],
    [
      'Attendant Console, then Professional',
      'ada@example.com',
      () => both({ licenses: [addOther(CONSOLE)] }, { licenses: [add(PROFESSIONAL)] }),
    ],
    [
      'Professional, then Attendant Console',
      'ada@example.com',
      () => both({ licenses: [add(PROFESSIONAL)] }, { licenses: [addOther(CONSOLE)] }),
    ],
    [
      'Professional, then Standard',
      'ada@example.com',
      () => both({ licenses: [add(PROFESSIONAL)] }, { licenses: [add(STANDARD)] }),
    ],
    [
      'Standard, then Professional',
      'ada@example.com',
      () => both({ licenses: [add(STANDARD)] }, { licenses: [add(PROFESSIONAL)] }),
    ],
    [
      'an exchange, then a removal of the old license',
      ALAN,
      () => both({ licenses: [remove(STANDARD), add(PROFESSIONAL)] }, { licenses: [remove(STANDARD)] }),
    ],
    [
      'an exchange, then Attendant Console and messaging',
      ALAN,
      () =>
        both(
          { licenses: [remove(STANDARD), add(PROFESSIONAL)] },
          { licenses: [addOther(CONSOLE), addOther('Advanced Messaging')] },
        ),
    ],
    [
      'one license without properties, then with them',
      'ada@example.com',
      () => both({ licenses: [addOther(STANDARD)] }, { licenses: [add(STANDARD)] }),
    ],
    [
      'one license with properties, then without them',
      'ada@example.com',
      () => both({ licenses: [add(STANDARD)] }, { licenses: [addOther(STANDARD)] }),
    ],
    [
      'one license with an extension, then with another',
      'ada@example.com',
      () =>
        both({ licenses: [add(STANDARD)] }, { licenses: [add(STANDARD, { ...line(), extension: '4712' })] }),
    ],
    [
      'Standard, then a removal of it without leave',
      'ada@example.com',
      () => both({ licenses: [add(STANDARD)] }, { licenses: [remove(STANDARD)], allowCallingRemoval: false }),
    ],
  ])('end alike, together or one after the other: %s', async (_what, email, toRequests) => {
    const apart = await perform(
      email,
      toRequests().map((request) => [request]),
    );
    const heldApart = held(email);
    const extensionApart = extensionOf(email);
    simulator.reset();
    const together = await perform(email, [toRequests()]);
    expect(together).toEqual(apart);
    expect(held(email)).toEqual(heldApart);
    expect(extensionOf(email)).toBe(extensionApart);
  });

  test('are one call where nothing of one matters for another', async () => {
    await perform('ada@example.com', [
      [{ licenses: [add(PROFESSIONAL)] }, { licenses: [addOther('Advanced Messaging')] }],
    ]);
    expect(patches()).toHaveLength(1);
  });
});

describe('a Calling license that is as wanted already', () => {
  const ask = async (email: string, license: object, more: object = {}) => {
    const [results] = await performed(email, [[{ licenses: [license], ...more }]]);
    expect(patches()).toHaveLength(0);
    return results?.[0];
  };
  const own = (email: string) => {
    const { extension, locationId } = simulator.organization().people.get(email) ?? {};
    return { extension, locationId };
  };
  const elsewhere = () => ({ ...own(ALAN), locationId: [...simulator.organization().locationIds][1] });

  test.each<[string, () => object, string | undefined, RegExp]>([
    ['without properties', () => addOther(STANDARD), undefined, /^$/],
    ['with a location alone', () => add(STANDARD, { locationId: own(ALAN).locationId }), undefined, /^$/],
    ['with the same properties', () => add(STANDARD, own(ALAN)), undefined, /^$/],
    [
      'with another extension',
      () => add(STANDARD, { ...own(ALAN), extension: '9' }),
      'properties-differ',
      /another extension,.*administrator/,
    ],
    ['in another location', () => add(STANDARD, elsewhere()), 'properties-differ', /another location,/],
    [
      'by id with another extension',
      () => add(idOf(STANDARD), { ...own(ALAN), extension: '9' }),
      'properties-differ',
      /extension/,
    ],
    [
      'with a number that is not told',
      () => add(STANDARD, { phoneNumber: '+14085550100' }),
      'properties-not-compared',
      /phone number.*administrator/,
    ],
  ])('stays as it is where it is added %s, and says so', async (_how, toAddition, condition, detail) => {
    const before = own(ALAN);
    const result = await ask(ALAN, toAddition());
    expect(result).toMatchObject({ result: 'assigned', changed: false, licenseId: idOf(STANDARD) });
    expect(result?.condition).toBe(condition);
    expect(result?.detail ?? '').toMatch(detail);
    expect(own(ALAN)).toEqual(before);
  });

  test.each([true, false])('is not there, and its removal is done, allowed: %s', async (isAllowed) => {
    const result = await ask('ada@example.com', remove(STANDARD), { allowCallingRemoval: isAllowed });
    expect(result).toMatchObject({ result: 'removed', changed: false });
  });

  test('is not removed without leave where it is held', async () => {
    const result = await ask(ALAN, remove(STANDARD), { allowCallingRemoval: false });
    expect(result).toMatchObject({ result: 'failed', condition: 'calling-removal-not-allowed' });
  });
});

describe('the next free extension that Webex does not tell', () => {
  const ADA = 'ada@example.com';
  const nextFree = (license: string) => {
    const { locationId } = line();
    return { license, properties: { locationId, extension: 'next-free', range: '5000-5099' } };
  };
  function park(count: number): void {
    const { locationId = '' } = line();
    for (let extension = 5_000; extension < 5_000 + count; extension += 1) {
      const feature = { locationId, extension: `${extension}`, type: 'CALL_PARK' };
      simulator.organization().features.set(toFeatureKey(feature), feature);
    }
  }
  beforeEach(() =>
    simulator.withdrawScopes(['spark-admin:telephony_config_read', 'spark-admin:telephony_config_write']),
  );

  test('is tried up to 20 times in an attempt, and the next attempt goes on', async () => {
    park(25);
    const [first] = await performed(ADA, [[{ licenses: [nextFree(PROFESSIONAL)] }]]);
    expect(first).toMatchObject([{ result: 'wanted', condition: 'no-extension' }]);
    expect(patches()).toHaveLength(20);
    expect(held(ADA)).toEqual([]);
    const [second] = await performed(ADA, [[{ licenses: [nextFree(PROFESSIONAL)] }]]);
    expect(second).toMatchObject([{ result: 'assigned', properties: { extension: '5025' } }]);
    expect(extensionOf(ADA)).toBe('5025');
  });

  test('replaces a line, which stays until Webex took an extension', async () => {
    park(2);
    const exchange = { licenses: [remove(STANDARD), nextFree(PROFESSIONAL), addOther('Advanced Messaging')] };
    expect(await one(ALAN, exchange)).toEqual(['removed', 'assigned', 'assigned']);
    expect([...held(ALAN)].sort()).toEqual(['Advanced Messaging', PROFESSIONAL]);
    expect(extensionOf(ALAN)).toBe('5002');
  });

  test('is not looked for where the license is held, and a dry run chooses none', async () => {
    const before = extensionOf(ALAN);
    const [results] = await performed(ALAN, [[{ licenses: [nextFree(STANDARD)] }]]);
    expect(results).toMatchObject([
      { result: 'assigned', changed: false, properties: { extension: before } },
    ]);
    expect(await performed(ADA, [[{ licenses: [nextFree(STANDARD)], dryRun: true }]])).toMatchObject([
      [{ result: 'planned' }],
    ]);
    expect(patches()).toHaveLength(0);
  });

  test('fails for a location that Webex does not know, and other licenses are given', async () => {
    simulator.withdrawScopes([]);
    const properties = { ...nextFree(PROFESSIONAL).properties, locationId: 'nowhere' };
    const licenses = [{ license: PROFESSIONAL, properties }, addOther('Advanced Messaging')];
    expect(await one(ADA, { licenses })).toEqual(['failed location-unknown', 'assigned']);
  });
});

describe('Calling licenses that do not go together', () => {
  const ADA = 'ada@example.com';
  const KEN = 'ken@example.com';
  const FRANCES = 'frances@example.com';
  const ESSENTIAL = 'Customer Experience - Essential';
  test.each<[string, string, () => readonly object[], readonly string[]]>([
    [
      'Professional and Standard',
      ADA,
      () => [add(PROFESSIONAL), add(STANDARD)],
      ['failed professional-and-standard', 'failed professional-and-standard'],
    ],
    [
      'Standard and Attendant Console',
      ADA,
      () => [add(STANDARD), addOther(CONSOLE)],
      ['failed standard-and-attendant-console', 'failed standard-and-attendant-console'],
    ],
    [
      'Customer Experience and Standard',
      ADA,
      () => [addOther(ESSENTIAL), add(STANDARD)],
      ['failed standard-and-customer-experience', 'failed standard-and-customer-experience'],
    ],
    ['Standard beside Professional', KATHERINE, () => [add(STANDARD)], ['failed professional-and-standard']],
    [
      'Standard for Professional',
      KATHERINE,
      () => [remove(PROFESSIONAL), add(STANDARD)],
      ['failed removal-withheld', 'failed calling-downgrade'],
    ],
    [
      'Standard for Customer Experience',
      FRANCES,
      () => [remove(ESSENTIAL), add(STANDARD)],
      ['removed', 'failed customer-experience-downgrade'],
    ],
    ['Professional beside Standard', ALAN, () => [add(PROFESSIONAL)], ['failed professional-and-standard']],
    [
      'Professional and Attendant Console beside Standard',
      ALAN,
      () => [add(PROFESSIONAL), addOther(CONSOLE)],
      ['failed professional-and-standard', 'failed standard-and-attendant-console'],
    ],
    [
      'Standard beside Attendant Console',
      KEN,
      () => [remove(PROFESSIONAL), add(STANDARD)],
      ['failed removal-withheld', 'failed calling-downgrade'],
    ],
    [
      'Attendant Console and Professional without properties',
      ADA,
      () => [addOther(CONSOLE), addOther(PROFESSIONAL)],
      ['failed needs-calling-professional', 'failed calling-properties-missing'],
    ],
  ])('are refused with the documented reason, and not sent: %s', async (_what, email, toLicenses, told) => {
    noSeats.set(CONSOLE, 'wait');
    const before = held(email);
    expect(await one(email, { licenses: toLicenses() })).toEqual(told);
    const sent = patches().flatMap(({ body }) => (body as { licenses: { operation: string }[] }).licenses);
    expect(sent.filter(({ operation }) => operation === 'add')).toEqual([]);
    expect(held(email)).toEqual(before.filter((name) => !told.includes('removed') || name !== ESSENTIAL));
  });

  test('are refused where a seat is waited for that could not be used', async () => {
    noSeats.set(CONSOLE, 'wait');
    noSeats.set(STANDARD, 'wait');
    expect(await one(ADA, { licenses: [addOther(CONSOLE)] })).toEqual(['failed needs-calling-professional']);
    expect(await one(ALAN, { licenses: [addOther(CONSOLE)] })).toEqual([
      'failed standard-and-attendant-console',
    ]);
    expect(await one(KATHERINE, { licenses: [add(STANDARD)] })).toEqual(['failed professional-and-standard']);
  });

  test('are not tried while one waits for a seat of another', async () => {
    noSeats.set(PROFESSIONAL, 'wait');
    expect(await one(ADA, { licenses: [addOther(CONSOLE), add(PROFESSIONAL)] })).toEqual([
      'wanted',
      'wanted',
    ]);
    expect(patches()).toHaveLength(0);
  });
});

describe('attendee access beside a host license that is removed', () => {
  const SUITE = 'Webex Meetings Suite';
  const SITE = 'acme.webex.com';
  const siteOf = (email: string) => simulator.organization().people.get(email)?.sites.get(SITE);
  const access = (siteUrl = SITE) => ({ siteUrl });
  const byName = () => remove(SUITE);
  const byId = () => remove(idOf(SUITE, 'Sub100448'));
  const bySite = () => remove({ name: SUITE, siteUrl: 'ACME.webex.com' });
  const BARBARA = 'barbara@example.com';

  test.each<[string, () => object, () => object]>([
    ['by name', byName, () => access()],
    ['by id', byId, () => access()],
    ['by its site', bySite, () => access('ACME.Webex.com')],
  ])('is added in the same call, where the license is named %s', async (_how, toRemoval, toAccess) => {
    const asked = { licenses: [toRemoval(), addOther('Advanced Messaging')], siteUrls: [toAccess()] };
    expect(await one(BARBARA, asked)).toEqual(['removed', 'assigned', 'assigned']);
    expect(siteOf(BARBARA)).toBe('ATTENDEE');
    expect(patches()).toHaveLength(1);
  });

  test.each([
    ['access first', true],
    ['the removal first', false],
  ])('is added where two requests ask for it, %s', async (_which, isAccessFirst) => {
    const removal = { licenses: [byName(), add(PROFESSIONAL)] };
    const own = { licenses: [addOther(CONSOLE)], siteUrls: [access()] };
    await perform(BARBARA, [isAccessFirst ? [own, removal] : [removal, own]]);
    expect(held(BARBARA)).not.toContain(SUITE);
    expect(siteOf(BARBARA)).toBe('ATTENDEE');
  });

  test('is added after a removal that only the second call does', async () => {
    const failLicenseIds = [idOf(SUITE, 'Sub100448')];
    simulator.script({ method: 'PATCH', effect: { kind: 'partial', failLicenseIds } });
    expect(await one(BARBARA, { licenses: [byId()], siteUrls: [access()] })).toEqual(['removed', 'assigned']);
    expect(siteOf(BARBARA)).toBe('ATTENDEE');
  });

  test('is not needed for a host whose license stays', async () => {
    expect(await one(BARBARA, { licenses: [addOther(SUITE)], siteUrls: [access()] })).toEqual([
      'assigned',
      'assigned',
    ]);
    expect(patches()).toHaveLength(0);
    expect(siteOf(BARBARA)).toBe('HOST');
  });
});
