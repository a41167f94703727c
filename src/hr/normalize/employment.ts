import type { HrEvent, HrKind } from '../../contract/hr-event.ts';
import { isGone, toEffective } from './shape.ts';

/** What an HR system says of somebody's employment, in its own words. */
export interface Employment {
  readonly status?: unknown;
  readonly startsOn?: unknown;
  readonly endsOn?: unknown;
}

/** What an event means, and when it takes effect: undefined where HR names no day for it. */
export interface Meaning {
  readonly kind: HrKind;
  readonly effective: HrEvent['effective'];
}

/**
 * What an event means by the employment: somebody with a last day leaves on it, and somebody whose first day is
 * still to come joins on it, whatever the change was. The last day before a newer first day is of an employment
 * that is over, and says nothing.
 * @param saidAt when HR said so
 */
export function toMeaning(
  kind: HrKind,
  { status, startsOn, endsOn }: Employment,
  saidAt: string | undefined,
): Meaning {
  const start = toEffective(startsOn);
  const last = toEffective(endsOn);
  const end = start !== undefined && last !== undefined && start > last ? undefined : last;
  const isToCome = start !== undefined && saidAt !== undefined && start > saidAt;
  const isOver = isGone(status) && !isToCome;
  if (kind === 'joiner' && !isOver && (end === undefined || start !== undefined))
    return { kind, effective: start };
  if (kind === 'leaver' || (isEmployed(kind) && (isOver || end !== undefined)))
    return { kind: 'leaver', effective: end };
  return kind === 'mover' && isToCome ? { kind: 'joiner', effective: start } : { kind, effective: undefined };
}

const isEmployed = (kind: HrKind) => kind === 'joiner' || kind === 'mover';
