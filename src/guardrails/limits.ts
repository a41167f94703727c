/** As the settings have it: people an hour and a day, or `off`. */
export interface RemovalSettings {
  /** `REMOVALS_PER_HOUR` */
  readonly perHour: number | 'off';
  /** `REMOVALS_PER_DAY`; undefined where it is not set: then the size of the organization has a say. */
  readonly perDay: number | 'off' | undefined;
  /** `CALLING_REMOVALS_PER_HOUR` */
  readonly callingPerHour: number | 'off';
  /** `CALLING_REMOVALS_PER_DAY` */
  readonly callingPerDay: number | 'off';
}

/** From how many people something may be taken within any window of this length. */
export interface Limit {
  readonly setting: string;
  readonly people: number;
  readonly windowMs: number;
  /** Whether it counts only the people who lose a Calling license. */
  readonly isOfCalling: boolean;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

const MOST_PER_DAY = 100;
const LEAST_PER_DAY = 20;
const SHARE_PER_DAY = 0.02;

/**
 * The limits in force: those that are `off` are left out.
 * @param people how many the organization has; undefined where no snapshot tells
 */
export function toLimits(settings: RemovalSettings, people: number | undefined): readonly Limit[] {
  const perDay = settings.perDay ?? toDefaultPerDay(people);
  const all: readonly (readonly [string, number | 'off', number, boolean])[] = [
    ['REMOVALS_PER_HOUR', settings.perHour, HOUR_MS, false],
    ['REMOVALS_PER_DAY', perDay, DAY_MS, false],
    ['CALLING_REMOVALS_PER_HOUR', settings.callingPerHour, HOUR_MS, true],
    ['CALLING_REMOVALS_PER_DAY', settings.callingPerDay, DAY_MS, true],
  ];
  return all.flatMap(([setting, most, windowMs, isOfCalling]) =>
    most === 'off' ? [] : [{ setting, people: most, windowMs, isOfCalling }],
  );
}

/** 100, or 2 % of the people where that is less, and never below 20. */
function toDefaultPerDay(people: number | undefined): number {
  if (people === undefined) return MOST_PER_DAY;
  return Math.max(LEAST_PER_DAY, Math.min(MOST_PER_DAY, Math.floor(people * SHARE_PER_DAY)));
}
