import { describe, expect, test } from '@jest/globals';
import { type AlertState, decideAlerts } from '../../../../src/inventory/insight/alerts.ts';
import { forecast } from '../../../../src/inventory/insight/forecast.ts';
import { type DayReading, HISTORY_DAYS } from '../../../../src/inventory/insight/history.ts';
import type { Limits } from '../../../../src/inventory/insight/limits.ts';
import { seeded } from '../seeded.ts';

const DAY_MS = 86_400_000;
const START_DAY = 20_000;
const DAYS = 400;
const DEFAULTS: Limits = { freeUnits: 0, percentUsed: 95, daysLeft: 30 };
const off: Limits = { freeUnits: 0, percentUsed: 0, daysLeft: 0 };

/** Runs an inventory each day of more than a year over one pool. @returns what was sent, and whether an alert is on at the end */
function live(limits: Limits, totalUnits: number, usedOn: (day: number) => number, days = DAYS) {
  let state: AlertState | undefined;
  const readings: DayReading[] = [];
  const sent: string[] = [];
  for (let day = 0; day < days; day += 1) {
    const consumedUnits = usedOn(day);
    readings.push({ day: START_DAY + day, totalUnits, consumedUnits });
    if (readings.length > HISTORY_DAYS + 1) readings.shift();
    const readStartedAt = new Date((START_DAY + day) * DAY_MS);
    const next = decideAlerts(state, limits, {
      run: { runId: `run ${day}`, orgId: 'org', readStartedAt },
      licenses: [{ id: 'x', name: 'Pool', subscriptionId: 'Sub1', totalUnits, consumedUnits }],
      forecasts: new Map(limits.daysLeft > 0 ? [['x', forecast(readings, totalUnits - consumedUnits)]] : []),
    });
    sent.push(...next.unsent.map(({ type }) => type.split('.').at(-1) ?? ''));
    state = { ...next, unsent: [] };
  }
  return { sent, isOn: (state?.raised.length ?? 0) > 0 };
}

const SMALL_POOLS = [...Array.from({ length: 24 }, (_, index) => index + 1), 40, 60];
/** Each alert may be raised once, be cleared once, and be raised again. */
const FEW = 3;
/** A single seat is cleared when it has been unused for a week, which chance brings about now and then. */
const RARE = 12;

describe('over more than a year', () => {
  test.each<[string, Limits]>([
    ['by default, but for the days', { ...DEFAULTS, daysLeft: 0 }],
    ['by percent', { ...off, percentUsed: 80 }],
    ['by all percent', { ...off, percentUsed: 100 }],
    ['by units', { ...off, freeUnits: 3 }],
    ['by more units than small pools have', { ...off, freeUnits: 20 }],
    ['by a low percentage', { ...off, percentUsed: 5 }],
  ])(
    'one seat to and fro rings a few times at most, in every small pool, at every level, %s',
    (_how, limits) => {
      const most = FEW * Object.values(limits).filter((limit) => limit > 0).length;
      for (const total of SMALL_POOLS) {
        for (let level = 0; level < total; level += 1) {
          for (const isUp of [(day: number) => day % 2 === 0, (day: number) => day % 3 === 0]) {
            const { sent } = live(limits, total, (day) => level + Number(isUp(day)), 60);
            if (sent.length > most) throw new Error(`${total} seats, ${level} and one more: ${sent.length}`);
          }
        }
      }
    },
  );

  test('one seat to and fro by chance rings a few times at most', () => {
    const random = seeded(7);
    for (const total of [1, 2, 5, 10, 20, 40, 100]) {
      for (const level of [0, total - 3, total - 2, total - 1].filter((units) => units >= 0)) {
        const { sent } = live({ ...DEFAULTS, daysLeft: 0 }, total, () => level + Math.round(random()));
        expect({ total, level, few: sent.length <= (total === 1 ? RARE : FEW) }).toEqual({
          total,
          level,
          few: true,
        });
      }
    }
  });

  test.each<[string, Limits]>([
    ['default', { ...DEFAULTS, daysLeft: 0 }],
    ['units', { ...off, freeUnits: 20 }],
    ['low percentage', { ...off, percentUsed: 1 }],
  ])('a pool that fills up rings once, and is quiet again once nobody uses it: %s', (_how, limits) => {
    for (const total of [...SMALL_POOLS, 500]) {
      const { sent, isOn } = live(limits, total, (day) => (day < 10 ? 0 : day < 20 ? total : 0), 40);
      expect({ total, sent, isOn }).toEqual({ total, sent: ['raised', 'cleared'], isOn: false });
      expect(live(limits, total, () => 0, 10)).toEqual({ sent: [], isOn: false });
    }
  });

  test('a pool that fills up for good rings once and stays on', () => {
    for (const total of SMALL_POOLS) {
      const { sent, isOn } = live({ ...DEFAULTS, daysLeft: 0 }, total, (day) => Math.min(total, day));
      expect({ total, sent, isOn }).toEqual({ total, sent: ['raised'], isOn: true });
    }
  });

  test('one seat to and fro rings a few times at most by default, the forecast included', () => {
    for (const total of [1, 2, 5, 20]) {
      for (const level of [total - 2, total - 1].filter((units) => units >= 0)) {
        const { sent } = live(DEFAULTS, total, (day) => level + (day % 2));
        expect({ total, level, few: sent.length <= 2 * FEW }).toEqual({ total, level, few: true });
      }
    }
  });

  test('a pool that grows slowly while one seat goes to and fro rings a few times for its days', () => {
    for (const total of [10, 20]) {
      for (const perDay of [0.03, 0.1]) {
        const used = (day: number) => Math.min(total, Math.floor(day * perDay) + (day % 2));
        const { sent } = live({ ...off, daysLeft: 30 }, total, used);
        expect({ total, perDay, few: sent.length <= 2 * FEW, sent: sent.length }).toMatchObject({
          few: true,
        });
      }
    }
  });
});
