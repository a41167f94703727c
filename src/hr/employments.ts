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

/** Employments by first day, and what became of earlier facts. */
export interface Change {
  readonly employments: readonly Employment[];
  readonly outcomes: readonly (readonly [factId: string, outcome: string])[];
}

/** What a fact says of one day: when that is, and when HR said it. */
export interface Told {
  readonly id: string;
  readonly atMs: number;
  readonly saidMs: number;
  readonly zone: string;
  /** The day or instant as HR wrote it; absent where it is when HR spoke. */
  readonly day: string | undefined;
}

type Employments = readonly Employment[];

/** The employment that began last. */
export const findBegun = (employments: Employments, atMs: number): Employment | undefined =>
  employments.findLast(({ startMs }) => startMs <= atMs);

export const isEmployed = (employments: Employments, atMs: number): boolean =>
  (findBegun(employments, atMs)?.endMs ?? -Infinity) > atMs;

const sorted = (employments: Employments) => [...employments].sort((a, b) => a.startMs - b.startMs);
const swap = (employments: Employments, before: Employment, ...after: readonly Employment[]) =>
  sorted(employments.flatMap((one) => (one === before ? after : [one])));
const note = (ids: readonly string[], outcome: string) => ids.slice(-1).map((id) => [id, outcome] as const);
const unchanged = (employments: Employments): Change => ({ employments, outcomes: [] });

/** A first day: it opens an employment, or moves a first day that was still to come when HR spoke. */
export function hire(employments: Employments, told: Told): Change {
  const { id, atMs, saidMs, zone } = told;
  const next = employments.find(({ startMs }) => startMs > saidMs);
  const known = employments.find(({ startMs }) => startMs === atMs);
  if (next && next !== known && known) return unchanged(employments);
  if (next && next !== known) {
    const end = next.endMs > atMs ? {} : { endMs: Infinity, endBy: [] };
    const moved = { ...next, ...end, startMs: atMs, zone, startBy: [...next.startBy, id] };
    return { employments: swap(employments, next, moved), outcomes: note(next.startBy, `moved by ${id}`) };
  }
  const around = findBegun(employments, atMs);
  if (around && around.startMs > -Infinity && around.endMs < Infinity && atMs < around.endMs) {
    const open = { ...around, endMs: Infinity, endBy: [] };
    const opened = {
      ...open,
      startMs: atMs,
      zone,
      startBy: [...(around === known ? around.startBy : []), id],
    };
    return {
      employments: swap(employments, around, ...(around === known ? [opened] : [open, opened])),
      outcomes: note(around.endBy, `reopened by ${id}`),
    };
  }
  return tellFirstDay(employments, told);
}

/** A first day that opens nothing which is known to be over. */
export function tellFirstDay(employments: Employments, { id, atMs, zone }: Told): Change {
  const around = findBegun(employments, atMs);
  if (around?.startMs === atMs)
    return unchanged(swap(employments, around, { ...around, startBy: [...around.startBy, id] }));
  const begun = { startMs: atMs, endMs: Infinity, zone, startBy: [id], endBy: [] };
  if (around === undefined || around.endMs <= atMs || around.endMs === Infinity)
    return unchanged(sorted([...employments, begun]));
  const { endMs, endBy } = around;
  const rest = around.startMs === -Infinity ? [] : [{ ...around, endMs: Infinity, endBy: [] }];
  return unchanged(swap(employments, around, ...rest, { ...begun, endMs, endBy }));
}

/** An end: of the employment that the last day falls in, else of the one of which HR can still mean it. */
export function leave(employments: Employments, { id, atMs, saidMs, zone, day }: Told): Change {
  const isInstant = day === undefined || day.includes('T');
  const begun = employments.findLast(({ startMs }) => startMs < atMs || (isInstant && startMs === atMs));
  const ended = employments.find(({ endMs }) => endMs === atMs);
  const told = ended ?? begun;
  const isMeant = day !== undefined || isEmployed(employments, saidMs);
  if (told && atMs > told.endMs && !isMeant) {
    const again = { ...told, endBy: [id, ...told.endBy] };
    return { employments: swap(employments, told, again), outcomes: [[id, 'no effect: had left already']] };
  }
  const next = employments.find(({ startMs }) => startMs >= atMs && startMs > saidMs);
  const isInside = told !== undefined && atMs <= told.endMs;
  if (!isInside && next && !isEmployed(employments, saidMs) && (atMs > saidMs || !begun))
    return { employments: swap(employments, next), outcomes: note(next.startBy, `never came: ${id}`) };
  if (told) {
    const moved = told.endMs === atMs ? [] : note(told.endBy, `moved by ${id}`);
    const closed = { ...told, endMs: atMs, zone, endBy: [...told.endBy, id] };
    return { employments: swap(employments, told, closed), outcomes: moved };
  }
  if (employments.length > 0)
    return { employments, outcomes: [[id, 'no effect: its last day is before the first day']] };
  return unchanged([{ startMs: -Infinity, endMs: atMs, zone, startBy: [], endBy: [id] }]);
}
