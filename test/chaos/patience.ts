/** A `Retry-After` that a host was told. */
interface Told {
  readonly host: number;
  /** By the clock of this machine. */
  readonly atMs: number;
  /** By the clock of the app. */
  readonly untilMs: number;
}

/** What is on its way reaches Webex within this time, by the clock of this machine. */
const ON_ITS_WAY_MS = 1_000;
/** A host that dies within this time may not have told the others. */
const TELLS_WITHIN_MS = 2_000;
/**
 * Calls of the other hosts before the time is over, of all calls: they learn of it with the next permits that they ask
 * for, and have some until then.
 */
const MAX_SHARE_OF_OTHERS = 0.005;

export interface Patience {
  /** A call reaches Webex. */
  noteCall(host: number): void;
  noteTold(host: number, retryAfter: string | undefined): void;
  /** What a host knew dies with it. */
  noteDeath(host: number): void;
  /** What came too early: each call of a host that was told itself, and those of the others where they are many. */
  findHasty(): readonly string[];
  /** The times that somebody was told, and the calls while the others may have known. */
  readonly counts: { readonly told: number; readonly ofOthers: number; readonly calls: number };
}

/**
 * Checks that no call reaches Webex before a `Retry-After` that was told is over.
 * @param appMs the clock of the app
 */
export function createPatience(appMs: () => number, machineMs: () => number = Date.now): Patience {
  let open: readonly Told[] = [];
  const own: string[] = [];
  const counts = { told: 0, ofOthers: 0, calls: 0 };
  return {
    noteCall(host) {
      counts.calls += 1;
      const nowMs = appMs();
      open = open.filter(({ untilMs }) => untilMs > nowMs);
      const early = open.filter(({ atMs }) => machineMs() - atMs > ON_ITS_WAY_MS);
      const ofOwn = early.find((told) => told.host === host);
      if (ofOwn !== undefined)
        own.push(`host ${host} called ${Math.round((ofOwn.untilMs - nowMs) / 1_000)} s too early`);
      else if (early.length > 0) counts.ofOthers += 1;
    },
    noteTold(host, retryAfter) {
      const seconds = Number(retryAfter);
      if (!(seconds > 0)) return;
      counts.told += 1;
      open = [...open, { host, atMs: machineMs(), untilMs: appMs() + seconds * 1_000 }];
    },
    noteDeath(host) {
      open = open
        .filter((told) => told.host !== host || machineMs() - told.atMs > TELLS_WITHIN_MS)
        .map((told) =>
          // Whoever comes after it has to ask, as the others do.
          told.host === host ? { ...told, host: -1 } : told,
        );
    },
    findHasty: () =>
      counts.ofOthers > MAX_SHARE_OF_OTHERS * counts.calls
        ? [...own, `${counts.ofOthers} of ${counts.calls} calls came before others were to call again`]
        : own,
    counts,
  };
}
