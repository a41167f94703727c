import { describe, expect, test } from '@jest/globals';
import { licenseRequestSchema } from '../../../../src/requests/license-request.ts';
import { type BeyondSeats, countSeats } from '../../../../src/requests/preview/count-seats.ts';
import { forecastItems } from '../../../../src/requests/preview/preview-items.ts';
import { forecastSites } from '../../../../src/requests/preview/preview-sites.ts';
import type { License } from '../../../../src/webex/license.ts';
import { toPreviewCatalogue } from '../../../../src/worker/names/preview-catalogue.ts';
import { toStoredCatalogue } from '../../../../src/worker/plan/known-catalogue.ts';

const license = (id: string, name: string, free: number, more: Partial<License> = {}): License => ({
  ...{ id, name, totalUnits: 10, consumedUnits: 10 - free, subscriptionId: 'Sub1' },
  ...more,
});
const at = new Date('2026-11-30T08:00:00Z');
const before = new Date('2026-11-29T08:00:00Z');
const licenses = [
  license('messaging', 'Advanced Messaging', 4),
  license('meetings-1', 'Webex Meetings Suite', 1, { siteUrl: 'a.webex.com' }),
  license('meetings-2', 'Webex Meetings Suite', 3, { siteUrl: 'b.webex.com', subscriptionId: 'Sub2' }),
  license('webinars', 'Webex Webinars 1000', 0),
  license('professional', 'Webex Calling - Professional', 2),
  license('standard', 'Webex Calling - Standard', 2),
];
const toKnown = ({ id, name }: License, firstSeenAt: Date, lastSeenAt: Date) => ({
  ...{ id, name, subscriptionId: 'Sub1', firstSeenAt, lastSeenAt },
});
/** The messaging license is the renewed one of another id. */
const learnt = [
  ...licenses.map((one) => toKnown(one, at, at)),
  toKnown(license('messaging-old', 'Advanced Messaging', 0), before, before),
  toKnown(license('gone', 'Messenger', 0), before, before),
];
const catalogueNow = toStoredCatalogue(learnt, at);
if (catalogueNow === undefined) throw new Error('no catalogue');
const catalogue = toPreviewCatalogue({ ...catalogueNow, licenses });
const request = (licenses: readonly object[], more: object = {}) =>
  licenseRequestSchema.parse({ person: { email: 'ada@example.com' }, licenses, ...more });
const line = { properties: { locationId: 'berlin', extension: '4711' } };

describe('what would happen to one license', () => {
  test.each<[string, object, readonly string[] | undefined, object]>([
    [
      'is assigned',
      { license: 'advanced  messaging' },
      [],
      { outcome: 'assign', licenseId: 'messaging', held: false },
    ],
    ['is assigned where holdings are not known', { license: 'messaging' }, undefined, { outcome: 'assign' }],
    ['is held already', { license: 'messaging' }, ['messaging'], { outcome: 'unchanged', held: true }],
    [
      'is held in another subscription of its name',
      { license: 'Webex Meetings Suite' },
      ['meetings-1'],
      { outcome: 'unchanged', licenseId: 'meetings-1' },
    ],
    ['is removed', { license: 'messaging', operation: 'remove' }, ['messaging'], { outcome: 'remove' }],
    [
      'was renewed under another id',
      { license: 'messaging-old' },
      [],
      { outcome: 'assign', licenseId: 'messaging' },
    ],
    [
      'was renewed since the people were read',
      { license: 'Advanced Messaging' },
      ['messaging-old'],
      { outcome: 'unchanged', licenseId: 'messaging', held: true },
    ],
    ['is not held', { license: 'messaging', operation: 'remove' }, [], { outcome: 'unchanged', held: false }],
    [
      'is not one of the organization',
      { license: 'Advanced Mesaging' },
      [],
      { outcome: 'fail', condition: 'license-not-recognized', nearest: ['Advanced Messaging'] },
    ],
    ['is Calling with a line', { license: 'professional', ...line }, [], { outcome: 'assign' }],
    [
      'is Calling without a line',
      { license: 'professional' },
      [],
      { outcome: 'fail', condition: 'calling-properties-missing' },
    ],
    [
      'is Calling without a location',
      { license: 'professional', properties: { extension: '4711' } },
      undefined,
      { outcome: 'fail', condition: 'calling-location-missing' },
    ],
    [
      'is Calling that is held: it keeps its line',
      { license: 'professional' },
      ['professional'],
      { outcome: 'unchanged' },
    ],
    [
      'is Calling beside another Calling license',
      { license: 'professional', ...line },
      ['standard'],
      { outcome: 'fail', condition: expect.any(String) },
    ],
    [
      'is Calling that may not be removed',
      { license: 'standard', operation: 'remove' },
      ['standard'],
      { outcome: 'fail', condition: 'calling-removal-not-allowed' },
    ],
  ])('that %s', (_what, item, held, expected) => {
    const [forecast] = forecastItems(request([item]), catalogue, held);
    expect(forecast?.item).toMatchObject(expected);
    expect('held' in (forecast?.item ?? {})).toBe(
      held !== undefined && expected['condition' as never] !== 'license-not-recognized',
    );
  });

  test('that the catalogue has lost is awaited by an add, and has no removal', () => {
    const outcomes = ['add', 'remove'].map(
      (operation) => forecastItems(request([{ license: 'Messenger', operation }]), catalogue, [])[0]?.item,
    );
    expect(outcomes).toMatchObject([
      { outcome: 'wait', condition: 'catalogue-incomplete' },
      { outcome: 'unchanged' },
    ]);
  });

  test('a site is held by a host, who stays one unless the license goes', () => {
    const sites = (held: readonly string[] | undefined, removed: readonly License[] = []) =>
      forecastSites(
        request([], {
          siteUrls: [{ siteUrl: 'a.webex.com' }, { siteUrl: 'b.webex.com', operation: 'remove' }],
        }),
        held,
        removed,
      ).map(({ outcome, held: isHeld }) => [outcome, isHeld]);
    expect(sites(['A.webex.com', 'b.webex.com#attendee'])).toEqual([
      ['unchanged', true],
      ['remove', true],
    ]);
    expect(sites(['b.webex.com'])).toEqual([
      ['assign', false],
      ['unchanged', false],
    ]);
    expect(sites(['a.webex.com'], licenses.slice(1, 2))[0]).toEqual(['assign', false]);
    expect(sites(undefined)).toEqual([
      ['assign', undefined],
      ['remove', undefined],
    ]);
  });

  test('a removal by name means each license of the name that is held', () => {
    const item = { license: 'Webex Meetings Suite', operation: 'remove' };
    const changed = (held: readonly string[] | undefined) =>
      forecastItems(request([item]), catalogue, held)[0]?.changed.map(({ id }) => id);
    expect(changed(['meetings-1'])).toEqual(['meetings-1']);
    expect(changed(undefined)).toEqual(['meetings-2', 'meetings-1']);
  });

  test('a Calling license goes where it is allowed, and another takes its place', () => {
    const exchange = [
      { license: 'professional', ...line },
      { license: 'standard', operation: 'remove' },
    ];
    const forecast = forecastItems(request(exchange, { allowCallingRemoval: true }), catalogue, ['standard']);
    expect(forecast.map(({ item }) => item.outcome)).toEqual(['assign', 'remove']);
  });
});

describe('seats', () => {
  const count = (licenses: readonly object[], beyond: ReturnType<BeyondSeats> = 'wait') => {
    const forecasts = licenses.flatMap((item) => forecastItems(request([item]), catalogue, []));
    return countSeats(forecasts, () => beyond);
  };

  test.each([
    ['wait', 'wait', { assign: 1, wait: 1 }],
    ['reject', 'fail', { assign: 1, wait: 0 }],
    ['overage', 'assign', { assign: 2, wait: 0 }],
  ] as const)('beyond the last one: %s', (beyond, outcome, expected) => {
    const meetings = { license: { name: 'Webex Meetings Suite', siteUrl: 'a.webex.com' } };
    const { forecasts, seats } = count([meetings, meetings], beyond);
    expect(forecasts.map(({ item }) => item.outcome)).toEqual(['assign', outcome]);
    expect(seats).toEqual([
      {
        ...{ licenseId: 'meetings-1', name: 'Webex Meetings Suite', subscriptionId: 'Sub1' },
        ...{ siteUrl: 'a.webex.com', freeUnits: 1, remove: 0, ...expected },
      },
    ]);
  });

  test('of a name in two subscriptions: the one with most left, each time', () => {
    const { forecasts } = count(Array.from({ length: 5 }, () => ({ license: 'Webex Meetings Suite' })));
    expect(forecasts.map(({ item }) => [item.licenseId, item.outcome])).toEqual([
      ['meetings-2', 'assign'],
      ['meetings-2', 'assign'],
      ['meetings-2', 'assign'],
      ['meetings-1', 'assign'],
      [expect.any(String), 'wait'],
    ]);
  });

  test('that can not run out have no count of free ones', () => {
    const free = license('free', 'Basic Messaging', 0, { subscriptionId: undefined });
    const forecasts = forecastItems(
      request([{ license: 'free' }]),
      toPreviewCatalogue({ ...catalogueNow, licenses: [free] }),
      [],
    );
    const { seats, forecasts: seated } = countSeats(forecasts, () => 'wait');
    expect(seated[0]?.item.outcome).toBe('assign');
    expect(seats[0]).not.toHaveProperty('freeUnits');
  });
});
