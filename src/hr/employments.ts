import type { Statement } from './statements.ts';

/** From a first day to an end: instants in milliseconds. */
export interface Employment {
  /** `-Infinity` where HR told no first day. */
  readonly startMs: number;
  /** `Infinity` where HR told no last day; a first day that follows ends it, too. */
  readonly endMs: number;
  /** IANA name: where its days begin and are counted. */
  readonly zone: string;
  /** The facts that told the first day, and the end: the last one of each counts. */
  readonly startBy: readonly string[];
  readonly endBy: readonly string[];
}

/** By first day. */
export type Employments = readonly Employment[];
/** Says what became of the fact that counted until now. */
export type Note = (by: readonly string[], outcome: string) => void;

/** The employment that began last. */
export const findBegun = (employments: Employments, atMs: number): Employment | undefined =>
  employments.findLast(({ startMs }) => startMs <= atMs);

export const isEmployed = (employments: Employments, atMs: number): boolean =>
  (findBegun(employments, atMs)?.endMs ?? -Infinity) > atMs;

const swap = (employments: Employments, before: Employment | undefined, ...after: Employments) =>
  [...employments.filter((one) => one !== before), ...after].sort((a, b) => a.startMs - b.startMs);
const NO_END = { endMs: Infinity, endBy: [] };

/** A first day: it moves one that was still to come when HR spoke, else it opens an employment, or opens one again. */
export function hire(employments: Employments, said: Statement, note: Note): Employments {
  const { id, atMs, saidMs, zone } = said;
  const around = findBegun(employments, atMs);
  const isKnown = around?.startMs === atMs;
  const next = employments.find(({ startMs }) => startMs > saidMs);
  if (next && next !== around && isKnown) return employments;
  if (next && !isKnown) {
    note(next.startBy, `moved by ${id}`);
    const moved = { ...next, ...(next.endMs <= atMs && NO_END), startMs: atMs, zone };
    return swap(employments, next, { ...moved, startBy: [...next.startBy, id] });
  }
  // Where no first day was told of it, this is its first day.
  if (around === undefined || around.endMs <= atMs || around.startMs === -Infinity)
    return begin(employments, said);
  note(around.endBy, `reopened by ${id}`);
  const open = { ...around, ...NO_END };
  return begin(swap(employments, around, open), said);
}

/** A first day that HR tells of an employment; one that lies inside another begins a part of it, with its end. */
export function begin(employments: Employments, { id, atMs, zone }: Statement): Employments {
  const around = findBegun(employments, atMs);
  if (around?.startMs === atMs)
    return swap(employments, around, { ...around, startBy: [...around.startBy, id] });
  const begun = { startMs: atMs, zone, startBy: [id], ...NO_END };
  if (around === undefined || around.endMs <= atMs) return swap(employments, undefined, begun);
  const before = around.startMs === -Infinity ? [] : [{ ...around, ...NO_END }];
  return swap(employments, around, ...before, { ...begun, endMs: around.endMs, endBy: around.endBy });
}

/** An end: of the employment that the last day falls in, else of the one of which HR can still mean it. */
export function leave(employments: Employments, said: Statement, note: Note): Employments {
  const { id, atMs, saidMs, zone, day } = said;
  const isInstant = day === undefined || day.includes('T');
  const begun = employments.findLast(({ startMs }) => startMs < atMs || (isInstant && startMs === atMs));
  const meant = employments.find(({ endMs }) => endMs === atMs) ?? begun;
  const isInside = meant !== undefined && atMs <= meant.endMs;
  const isAtWork = isEmployed(employments, saidMs);
  const next = employments.find(({ startMs }) => startMs >= atMs && startMs > saidMs);
  if (meant && !isInside && !isAtWork && day === undefined) {
    note([id], 'no effect: had left already');
    return swap(employments, meant, { ...meant, endBy: [id, ...meant.endBy] });
  }
  if (!isInside && !isAtWork && next && (atMs > saidMs || !begun)) {
    note(next.startBy, `never came: ${id}`);
    return swap(employments, next);
  }
  if (meant) {
    if (meant.endMs !== atMs) note(meant.endBy, `moved by ${id}`);
    return swap(employments, meant, { ...meant, endMs: atMs, zone, endBy: [...meant.endBy, id] });
  }
  if (employments.length === 0) return [{ startMs: -Infinity, endMs: atMs, zone, startBy: [], endBy: [id] }];
  note([id], 'no effect: its last day is before the first day');
  return employments;
}
