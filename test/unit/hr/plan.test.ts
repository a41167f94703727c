import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { toEffectiveAt, toStartOfDay } from '../../../src/hr/effective.ts';
import { type Employee, newEmployee } from '../../../src/hr/employee.ts';
import type { HrEvent } from '../../../src/hr/hr-event.ts';
import { planEvent } from '../../../src/hr/plan.ts';
import { evaluate, holds } from '../../../src/policy/evaluate.ts';
import { toGrantKey } from '../../../src/policy/grant.ts';
import { type Policy, PolicyError, parsePolicy, policySchema } from '../../../src/policy/policy.ts';

const POLICY = `
version: 1
rules:
  - name: everybody
    licenses: [Advanced Messaging]
    sites: [acme.webex.com]
  - name: sales meets
    when: { attribute: department, equals: sales }
    licenses: [{ name: Webex Meetings Suite, subscriptionId: Sub1 }]
  - name: offices call
    when: { any: [{ attribute: location, in: [Berlin, Boston] }, { not: { attribute: desk, prefix: none } }] }
    licenses: [Webex Calling - Professional]
locations:
  Berlin: { locationId: loc-berlin, extension: "{extension}" }
leavers:
  - { name: at once, reclaim: granted }
  - { name: number later, reclaim: [Webex Calling - Professional], afterDays: 30, calling: true }
exclusions:
  emails: [ceo@example.com]
  domains: [partner.example]
  when: { attribute: jobTitle, prefix: Chief }
`;
const policy = await parsePolicy(POLICY);
const now = new Date('2026-11-24T12:00:00Z');
const context = { policy, timeZone: 'Europe/Berlin', now };
const event = (kind: HrEvent['kind'], more: Partial<HrEvent> = {}): HrEvent => ({
  source: 'hr',
  eventId: 'e',
  type: kind,
  kind,
  email: 'ada@example.com',
  attributes: { desk: 'none' },
  ...more,
});
const nobody = newEmployee('hr', '7');
const named = (
  request:
    | {
        licenses: readonly { license: unknown; operation: string }[];
        siteUrls: readonly { siteUrl: string; operation: string }[];
      }
    | undefined,
) =>
  request && [
    ...request.licenses.map(
      ({ license, operation }) =>
        `${operation} ${typeof license === 'object' && license && 'name' in license ? license.name : license}`,
    ),
    ...request.siteUrls.map(({ siteUrl, operation }) => `${operation} ${siteUrl}`),
  ];
/** Events one after the other, each at its time; the plans that came of them. */
function play(...events: readonly (readonly [key: string, event: HrEvent, at?: Date])[]) {
  let employee: Employee = nobody;
  return events.map(([key, one, at = now]) => {
    const plan = planEvent(employee, key, one, { ...context, now: at });
    employee = plan.employee;
    return {
      outcome: plan.outcome,
      why: plan.why,
      replaces: plan.replaces,
      requests: plan.requests.map(({ requestId, request }) => ({
        requestId,
        wants: named(request),
        at: request.effectiveAt,
        calling: request.allowCallingRemoval,
      })),
      employee,
    };
  });
}
const sales = { department: 'Sales', desk: 'none' };

describe('a condition', () => {
  test.each<[object, boolean]>([
    [{ attribute: 'a', equals: 'x' }, true],
    [{ attribute: 'a', equals: 'y' }, false],
    [{ attribute: 'b', equals: 'x' }, false],
    [{ attribute: 'a', in: ['y', 'X'] }, true],
    [{ attribute: 'long', prefix: 'Lo' }, true],
    [{ all: [] }, true],
    [{ any: [] }, false],
    [{ all: [{ attribute: 'a', equals: 'x' }, { not: { attribute: 'b', equals: 'x' } }] }, true],
    [{ attribute: 'constructor', prefix: '' }, false],
  ])('%j is %s', (condition, expected) => {
    const when = policySchema.parse({ version: 1, rules: [{ name: 'r', when: condition }] }).rules[0]?.when;
    expect(holds(when, { a: 'X', long: 'London' })).toBe(expected);
  });
});

describe('a policy', () => {
  test.each([
    ['version: 2\nrules: []', 'line 1: version must be 1'],
    ['version: 1\nrules:\n  - name: a\n    licences: [x]', 'line 3: rules.0'],
    [
      'version: 1\nrules:\n  - name: a\n    when: { attribute: b }',
      'line 4: rules.0.when must be {attribute, equals}',
    ],
    ['version: 1\nrules: [\n', 'line 3: '],
    ['version: 1\nversion: 1\nrules: []', 'line 2: '],
    ['- a', 'line 1: the policy'],
  ])('%j is refused with line and reason', async (text, expected) => {
    const error = await parsePolicy(text).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(PolicyError);
    expect(String(error)).toContain(expected);
  });

  test('may be JSON too', async () => {
    expect((await parsePolicy('{"version":1,"rules":[]}')).rules).toEqual([]);
  });

  test('gives Calling the properties of the location', () => {
    const { grants, trace } = evaluate(policy, {
      attributes: { location: 'berlin', extension: '4711', desk: 'none' },
    });
    expect(grants).toContainEqual({
      kind: 'license',
      license: 'Webex Calling - Professional',
      properties: { locationId: 'loc-berlin', extension: '4711' },
    });
    expect(trace).toEqual([
      { rule: 'everybody', fits: true },
      { rule: 'sales meets', fits: false },
      { rule: 'offices call', fits: true },
    ]);
  });
});

test.each([
  [{ extension: '47 11' }, { extension: '4711' }],
  [{ extension: 'ask the desk' }, {}],
  [{}, {}],
])('of Calling, what no request may hold is left out: %j', (attributes, expected) => {
  const { grants } = evaluate(policy, { attributes: { location: 'Berlin', ...attributes } });
  expect(grants.find((grant) => grant.kind === 'license' && grant.properties)).toEqual({
    kind: 'license',
    license: 'Webex Calling - Professional',
    properties: { locationId: 'loc-berlin', ...expected },
  });
});

describe('a plan', () => {
  test('gives a joiner what the rules give', () => {
    const [joined] = play(['k', event('joiner', { attributes: sales })]);
    expect(joined?.requests).toEqual([
      {
        requestId: 'k.1.1',
        wants: ['add Advanced Messaging', 'add Webex Meetings Suite', 'add acme.webex.com'],
        at: '2026-11-24T12:00:00.000Z',
        calling: undefined,
      },
    ]);
  });

  test('gives a mover the difference, in one request', () => {
    const [, moved, again] = play(
      ['k1', event('joiner', { attributes: sales })],
      ['k2', event('mover', { attributes: { department: 'IT', location: 'Berlin' } })],
      ['k3', event('mover', { attributes: {} })],
    );
    expect(moved?.requests.map(({ wants }) => wants)).toEqual([
      ['add Webex Calling - Professional', 'remove Webex Meetings Suite'],
    ]);
    expect(again?.requests).toEqual([]);
  });

  test('takes no Calling license from a mover unless the policy says so', () => {
    const events = [
      ['k1', event('joiner', { attributes: { location: 'Berlin', desk: 'none' } })],
      ['k2', event('mover', { attributes: { location: 'Osaka' } })],
    ] as const;
    expect(play(...events)[1]?.requests).toEqual([]);
  });

  test("reclaims from a leaver in each rule's time, Calling only where a rule says so", () => {
    const [, left] = play(
      [
        'k1',
        event('joiner', {
          attributes: { location: 'Berlin', desk: 'none' },
          occurredAt: '2026-11-01T00:00:00Z',
        }),
      ],
      ['k2', event('leaver', { occurredAt: '2026-11-24T11:00:00Z' })],
    );
    expect(left?.requests).toEqual([
      {
        requestId: 'k2.2.1',
        wants: ['remove Advanced Messaging', 'remove acme.webex.com'],
        at: '2026-11-24T11:00:00.000Z',
        calling: undefined,
      },
      {
        requestId: 'k2.2.2',
        wants: ['remove Webex Calling - Professional'],
        at: '2026-12-24T11:00:00.000Z',
        calling: true,
      },
    ]);
  });

  test('of a future joiner is scheduled for the day where the person is, and replaced when HR moves it', () => {
    const [first, moved, withdrawn] = play(
      ['k1', event('joiner', { effective: '2026-12-01' })],
      ['k2', event('joiner', { effective: '2026-12-15', timeZone: 'America/New_York' })],
      ['k3', event('withdrawn')],
    );
    expect(first?.requests.map(({ at }) => at)).toEqual(['2026-11-30T23:00:00.000Z']);
    expect(moved?.replaces).toEqual(['k1.1.1']);
    expect(moved?.requests.map(({ at }) => at)).toEqual(['2026-12-15T05:00:00.000Z']);
    expect(withdrawn).toMatchObject({
      replaces: moved?.requests.map(({ requestId }) => requestId),
      requests: [],
      employee: { pending: [] },
    });
  });

  test('gives back what a leaver had when HR withdraws the leaving, and reclaims nothing later', () => {
    const [, left, back] = play(
      ['k1', event('joiner', { attributes: { location: 'Berlin', desk: 'none' } })],
      ['k2', event('leaver', { occurredAt: '2026-11-24T12:00:00Z' })],
      ['k3', event('withdrawn'), new Date('2026-11-26T12:00:00Z')],
    );
    expect(back).toMatchObject({
      outcome: 'applied',
      replaces: [left?.requests[1]?.requestId],
      requests: [
        {
          wants: ['add Advanced Messaging', 'add Webex Calling - Professional', 'add acme.webex.com'],
          at: '2026-11-26T12:00:00.000Z',
        },
      ],
      employee: { reclaims: [], scheduled: [] },
    });
  });

  test('gives back what was taken on a day that HR had withdrawn before, but said so late', () => {
    const leaver = event('leaver', { effective: '2026-11-24', occurredAt: '2026-11-20T00:00:00Z' });
    const [, , back] = play(
      ['k1', event('joiner', { occurredAt: '2026-11-01T00:00:00Z' })],
      ['k2', leaver],
      ['k3', event('withdrawn', { occurredAt: '2026-11-22T00:00:00Z' }), new Date('2026-11-26T12:00:00Z')],
    );
    expect(back?.requests).toMatchObject([
      { wants: ['add Advanced Messaging', 'add acme.webex.com'], at: '2026-11-26T12:00:00.000Z' },
    ]);
  });

  test('keeps what a leaver rule reclaims later, whatever HR says of days to come', () => {
    const [, , rehired, moved] = play(
      ['k1', event('joiner', { attributes: { location: 'Berlin', desk: 'none' } })],
      ['k2', event('leaver', { occurredAt: '2026-11-24T12:00:00Z' })],
      ['k3', event('joiner', { effective: '2027-03-01' })],
      ['k4', event('joiner', { effective: '2026-12-10' })],
    );
    expect(rehired?.requests.map(({ wants }) => wants?.[0])).toEqual([
      'remove Webex Calling - Professional',
      'add Advanced Messaging',
    ]);
    // Back before the number goes: it stays.
    expect(moved?.requests.map(({ wants }) => wants?.[0])).toEqual(['add Advanced Messaging']);
    expect(moved?.replaces).toEqual(rehired?.requests.map(({ requestId }) => requestId));
  });

  test('does not schedule again what HR moved or withdrew before, delivered late', () => {
    const said = (kind: HrEvent['kind'], effective: string | undefined, occurredAt: string) =>
      event(kind, { ...(effective && { effective }), occurredAt });
    const [, , older] = play(
      ['k1', said('joiner', '2026-12-15', '2026-11-22T00:00:00Z')],
      ['k2', said('leaver', '2027-01-15', '2026-11-22T00:00:00Z')],
      ['k3', said('joiner', '2026-12-01', '2026-11-21T00:00:00Z')],
    );
    expect(older).toMatchObject({ outcome: 'superseded', requests: [], replaces: [] });
    const [, , withdrawn] = play(
      ['k1', said('joiner', '2026-12-15', '2026-11-20T00:00:00Z')],
      ['k2', said('withdrawn', undefined, '2026-11-22T00:00:00Z')],
      ['k3', said('joiner', '2026-12-01', '2026-11-21T00:00:00Z')],
    );
    expect(withdrawn).toMatchObject({ outcome: 'superseded', requests: [] });
  });

  test('does not replace a request whose time has come', () => {
    const [, later] = play(
      ['k1', event('joiner', { effective: '2026-12-01' })],
      ['k2', event('mover', { attributes: sales }), new Date('2026-12-02T00:00:00Z')],
    );
    expect(later).toMatchObject({ replaces: [], requests: [{ wants: ['add Webex Meetings Suite'] }] });
  });

  test('of somebody who never came ends when HR says that they leave', () => {
    const [, left] = play(['k1', event('joiner', { effective: '2026-12-01' })], ['k2', event('leaver')]);
    expect(left).toMatchObject({ replaces: ['k1.1.1'], requests: [], employee: { pending: [] } });
  });

  test('of a future joiner follows what HR says meanwhile, and nothing is given before', () => {
    const [, known] = play(
      ['k1', event('joiner', { effective: '2026-12-01' })],
      ['k2', event('mover', { attributes: sales })],
    );
    expect(known?.requests.map(({ wants, at }) => [wants?.length, at])).toEqual([
      [3, '2026-11-30T23:00:00.000Z'],
    ]);
  });

  test('of a leaver to whom nothing was granted takes nothing, and says that what is held was left', async () => {
    const granted = await parsePolicy('{version: 1, rules: [], leavers: [{name: l, reclaim: granted}]}');
    const left = planEvent(nobody, 'k1', event('leaver'), { ...context, policy: granted });
    expect(left).toMatchObject({ outcome: 'ignored', requests: [], employee: { last: { kind: 'leaver' } } });
    expect(left.why).toContain('nothing was granted');
  });

  test('of a leaver from whom no rule takes anything says so', async () => {
    const keep = await parsePolicy('{version: 1, rules: [{name: all, licenses: [A]}]}');
    const joined = planEvent(nobody, 'k1', event('joiner'), { ...context, policy: keep });
    const later = { ...context, policy: keep, now: new Date(now.getTime() + 1_000) };
    const left = planEvent(joined.employee, 'k2', event('leaver'), later);
    expect(left).toMatchObject({
      outcome: 'ignored',
      why: expect.stringContaining('no leaver rule'),
      requests: [],
    });
  });

  test('of a scheduled leaver takes what the rules give by then', () => {
    const [, , moved] = play(
      ['k1', event('joiner')],
      ['k2', event('leaver', { effective: '2026-12-31' })],
      ['k3', event('mover', { attributes: sales })],
    );
    expect(moved?.requests.map(({ wants }) => wants)).toEqual([
      ['add Webex Meetings Suite'],
      ['remove Advanced Messaging', 'remove Webex Meetings Suite', 'remove acme.webex.com'],
      // Named by its rule, whoever gave it.
      ['remove Webex Calling - Professional'],
    ]);
    expect(moved?.requests[1]?.at).toBe('2026-12-31T23:00:00.000Z');
  });

  test('applies a late event, unless a newer one was; in a tie the leaver wins', () => {
    const late = event('joiner', { occurredAt: '2026-11-17T12:00:00Z' });
    expect(play(['k1', late])[0]?.outcome).toBe('applied');
    const leaver = event('leaver', { occurredAt: '2026-11-20T12:00:00Z' });
    expect(play(['k1', leaver], ['k2', late])[1]?.outcome).toBe('superseded');
    expect(play(['k1', leaver], ['k2', { ...late, occurredAt: leaver.occurredAt ?? '' }])[1]?.outcome).toBe(
      'superseded',
    );
    expect(play(['k1', { ...late, occurredAt: leaver.occurredAt ?? '' }], ['k2', leaver])[1]?.outcome).toBe(
      'applied',
    );
  });

  test('gives nothing to somebody who has left, until they join again', () => {
    const [, , moved, , back] = play(
      ['k1', event('joiner')],
      ['k2', event('leaver')],
      ['k3', event('mover', { attributes: sales })],
      ['k4', event('leaver')],
      ['k5', event('joiner'), new Date(now.getTime() + 1_000)],
    );
    expect(moved).toMatchObject({ outcome: 'ignored', requests: [], replaces: [] });
    expect(back?.requests).toHaveLength(1);
  });

  test.each([
    [event('joiner', { email: 'ceo@example.com' }), 'the person is excluded'],
    [event('joiner', { email: 'x@partner.example' }), 'the domain of the person is excluded'],
    [
      event('joiner', { attributes: { jobTitle: 'chief of all' } }),
      'the condition of the exclusions fits the person',
    ],
    [event('ignored'), 'ignored says nothing about licenses'],
  ])('leaves some alone', (one, why) => {
    expect(play(['k', one])[0]).toMatchObject({ outcome: 'ignored', why, requests: [] });
  });
});

describe('whatever the rules', () => {
  const license = fc.constantFrom('A', 'B', 'C', 'Webex Calling - Professional');
  const word = fc.constantFrom('x', 'y', 'z');
  const rule = fc.record({
    name: fc.constant('r'),
    when: fc.option(fc.record({ attribute: fc.constantFrom('p', 'q'), equals: word }), { nil: undefined }),
    licenses: fc.uniqueArray(license, { maxLength: 3 }),
  });
  const rules = fc.array(rule, { maxLength: 6 });
  const attributes = fc.record({ p: word, q: word });
  const policyOf = (some: object[]): Policy =>
    policySchema.parse({
      version: 1,
      rules: some,
      leavers: [{ name: 'all', reclaim: 'granted', calling: true }],
    });
  const keysOf = (some: Policy, of: Record<string, string>) =>
    evaluate(some, { attributes: of }).grants.map(toGrantKey).sort();

  test('their order does not matter', () => {
    fc.assert(
      fc.property(rules, attributes, (some, of) =>
        expect(keysOf(policyOf([...some].reverse()), of)).toEqual(keysOf(policyOf(some), of)),
      ),
    );
  });

  test('a joiner who moves and leaves keeps nothing of what was given', () => {
    fc.assert(
      fc.property(rules, attributes, attributes, (some, first, second) => {
        const of = { policy: policyOf(some), timeZone: 'UTC', now };
        const had = new Set<string>();
        let employee: Employee = nobody;
        for (const [index, one] of [
          event('joiner', { attributes: first }),
          event('mover', { attributes: second }),
          event('leaver'),
        ].entries()) {
          const plan = planEvent(employee, `k${index}`, one, of);
          for (const { license: name, operation } of plan.requests.flatMap(
            ({ request }) => request.licenses,
          )) {
            if (operation === 'add') had.add(String(name));
            else had.delete(String(name));
          }
          employee = plan.employee;
        }
        expect([...had]).toEqual([]);
        expect(employee.grants).toEqual([]);
      }),
    );
  });
});

describe('a day', () => {
  test.each([
    ['2026-12-01', 'Europe/Berlin', '2026-11-30T23:00:00.000Z'],
    ['2026-07-01', 'Europe/Berlin', '2026-06-30T22:00:00.000Z'],
    ['2026-03-29', 'Europe/Berlin', '2026-03-28T23:00:00.000Z'],
    ['2026-03-30', 'Europe/Berlin', '2026-03-29T22:00:00.000Z'],
    ['2026-11-01', 'America/New_York', '2026-11-01T04:00:00.000Z'],
    ['2026-11-02', 'America/New_York', '2026-11-02T05:00:00.000Z'],
    ['2026-12-01', 'Pacific/Auckland', '2026-11-30T11:00:00.000Z'],
  ])('%s begins in %s at %s', (day, timeZone, expected) => {
    expect(toStartOfDay(day, timeZone).toISOString()).toBe(expected);
  });

  test('ends for a leaver when it is over', () => {
    const at = (kind: HrEvent['kind']) =>
      toEffectiveAt(event(kind, { effective: '2026-12-31' }), 'UTC', now).toISOString();
    expect([at('joiner'), at('leaver')]).toEqual(['2026-12-31T00:00:00.000Z', '2027-01-01T00:00:00.000Z']);
  });
});
