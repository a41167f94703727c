import type { Clock } from '../platform/clock.ts';
import type { Limit } from './limits.ts';
import { type AwaitingPage, toAwaitingText } from './list-approvals.ts';
import type { PauseState } from './pause.ts';
import { countRoom, type RemovalCounter } from './removal-counter.ts';
import type { RemovalLimiter } from './removal-limiter.ts';

interface Deps {
  readonly removals: Pick<RemovalLimiter, 'limits' | 'read'>;
  readonly readAwaiting: () => Promise<AwaitingPage>;
  readonly readPause: () => Promise<PauseState>;
  readonly clock: Clock;
}

const SETTINGS = [
  'REMOVALS_PER_HOUR',
  'REMOVALS_PER_DAY',
  'CALLING_REMOVALS_PER_HOUR',
  'CALLING_REMOVALS_PER_DAY',
];

/** How much room the limits have, what waits for approval, and what is paused: none of it is a fault. */
export function createGuardrailsCheck({ removals, readAwaiting, readPause, clock }: Deps) {
  return async (): Promise<string> => {
    const [limits, counter, awaiting, pause] = await Promise.all([
      removals.limits(undefined),
      removals.read(undefined),
      readAwaiting(),
      readPause(),
    ]);
    return [
      ...(pause.paused ? [`warning: ${toPauseText(pause)}`] : []),
      ...toAwaitingText(awaiting).map((text) => `warning: ${text}`),
      ...SETTINGS.map((setting) => toLimitText(setting, limits, counter, clock())),
    ].join('; ');
  };
}

export const toPauseText = ({ removals, source, reason, at }: PauseState): string =>
  [
    `paused by an operator since ${at?.toISOString()}:`,
    removals ? 'all removals' : 'all requests',
    source === undefined ? undefined : `of ${source}`,
    `(${reason})`,
  ]
    .filter((part) => part !== undefined)
    .join(' ');

function toLimitText(setting: string, limits: readonly Limit[], counter: RemovalCounter, now: Date): string {
  const limit = limits.find((one) => one.setting === setting);
  if (limit === undefined) return `${setting} is off`;
  return `${setting}: room for ${countRoom(counter, [limit], now, limit.isOfCalling)} of ${limit.people} people`;
}
