import type { Statement } from './statements.ts';

/** From a first day to an end: instants in milliseconds. */
export interface Employment {
  /** `-Infinity` where HR told no first day. */
  readonly startMs: number;
  /** `Infinity` where HR told no last day; a first day that follows ends it, too. */
  readonly endMs: number;
  /** IANA name: where its days begin and are counted. */
  readonly zone: string;
  /** What told the first day, and the end: the last one of each counts, and has moved those before it. */
  readonly startBy: readonly Statement[];
  readonly endBy: readonly Statement[];
}

/** By first day. */
export type Employments = readonly Employment[];
/** Says what became of the fact that counted until now. */
export type Note = (by: readonly Statement[], outcome: string) => void;

const toEmployment = (startBy: readonly Statement[], endBy: readonly Statement[]): Employment => {
  const [first, end] = [startBy.at(-1), endBy.at(-1)];
  const [startMs, endMs] = [first?.atMs ?? -Infinity, end?.atMs ?? Infinity];
  return { startMs, endMs, zone: (end ?? first)?.zone ?? 'UTC', startBy, endBy };
};

/** The employment that began last. */
export const findBegun = (employments: Employments, atMs: number): Employment | undefined =>
  employments.findLast(({ startMs }) => startMs <= atMs);

export const findToCome = (employments: Employments, atMs: number): Employment | undefined =>
  employments.find(({ startMs }) => startMs > atMs);

export const isEmployed = (employments: Employments, atMs: number): boolean =>
  (findBegun(employments, atMs)?.endMs ?? -Infinity) > atMs;

const swap = (employments: Employments, before: Employment | undefined, ...after: Employments) =>
  [...employments.filter((one) => one !== before), ...after].sort((a, b) => a.startMs - b.startMs);

/**
 * A first day: it moves one that was still to come when HR spoke, else it opens an employment, or opens one again. Inside
 * another employment it begins a part of it.
 */
export function hire(employments: Employments, first: Statement, note: Note): Employments {
  const { id, atMs, saidMs, isPast } = first;
  const around = findBegun(employments, atMs);
  const next = findToCome(employments, saidMs);
  const isKnown = around?.startMs === atMs;
  if (next && !isKnown) {
    note(next.startBy, `moved by ${id}`);
    const endBy = next.endMs <= atMs ? [] : next.endBy;
    return swap(employments, next, toEmployment([...next.startBy, first], endBy));
  }
  if (next && next !== around) return employments;
  const isInside = around !== undefined && atMs < around.endMs;
  if (!isInside && !isKnown) return swap(employments, undefined, toEmployment([first], []));
  const { startBy, endBy } = around;
  // Where no first day was told of an employment, this is its first day.
  const isReopened = isInside && !isPast && startBy.length > 0;
  if (isReopened) note(endBy, `reopened by ${id}`);
  const end = isReopened ? [] : endBy;
  if (isKnown) return swap(employments, around, toEmployment([...startBy, first], end));
  const before = startBy.length > 0 ? [toEmployment(startBy, [])] : [];
  return swap(employments, around, ...before, toEmployment([first], end));
}

/** An end: of the employment that the last day falls in, else of the one of which HR can still mean it. */
export function leave(employments: Employments, end: Statement, note: Note): Employments {
  const { id, atMs, saidMs, day } = end;
  const isInstant = day === undefined || day.includes('T');
  const begun = employments.findLast(({ startMs }) => startMs < atMs || (isInstant && startMs === atMs));
  const meant = employments.find(({ endMs }) => endMs === atMs) ?? begun;
  const isOutside = !(meant && atMs <= meant.endMs) && !isEmployed(employments, saidMs);
  const next = employments.find(({ startMs }) => startMs >= atMs && startMs > saidMs);
  if (isOutside && meant && day === undefined) {
    note([end], 'no effect: had left already');
    return swap(employments, meant, toEmployment(meant.startBy, [end, ...meant.endBy]));
  }
  if (isOutside && next && (atMs > saidMs || !begun)) {
    note(next.startBy, `never came: ${id}`);
    return swap(employments, next);
  }
  if (meant) {
    if (meant.endMs !== atMs) note(meant.endBy, `moved by ${id}`);
    return swap(employments, meant, toEmployment(meant.startBy, [...meant.endBy, end]));
  }
  if (employments.length === 0) return [toEmployment([], [end])];
  note([end], 'no effect: its last day is before the first day');
  return employments;
}
