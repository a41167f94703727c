import { createDigestSet, toDigest } from './digest-set.ts';

/** One row of a run's assignments: somebody has a license. */
export interface Holder {
  readonly licenseId: string;
  readonly personId: string;
}

/** Reads the rows of a run from the beginning, each time it is called. */
export type ReadHolders<H extends Holder> = () => AsyncIterable<H>;

export interface HolderChange<H extends Holder> {
  readonly change: 'gained' | 'lost';
  readonly holder: H;
}

/** So many rows are compared at once, in 9 MiB. */
const ROWS_AT_ONCE = 400_000;
/** Two runs that have nothing in common still leave a fifth of the slots empty. */
const SLOTS_PER_ROW = 2.5;

/**
 * Who has a license since the previous run, and who has it no more. The rows may be in any order; one that comes
 * twice counts once. Memory does not grow with the rows: what does not fit at once is compared in parts, by the
 * people, and each part reads the previous run twice and this one once.
 * @param rows how many the larger of the two runs has
 */
export async function* diffPeople<H extends Holder>(
  previous: ReadHolders<H>,
  current: ReadHolders<H>,
  rows: number,
  rowsAtOnce = ROWS_AT_ONCE,
): AsyncGenerator<HolderChange<H>> {
  const parts = Math.max(1, Math.ceil(rows / rowsAtOnce));
  const known = createDigestSet(Math.ceil(rowsAtOnce * SLOTS_PER_ROW));
  for (let part = 0; part < parts; part += 1) {
    known.clear();
    for await (const { digest } of rowsOf(previous, part)) known.add(digest);
    for await (const { digest, holder } of rowsOf(current, part)) {
      if (known.add(digest)) yield { change: 'gained', holder };
      known.tickOff(digest);
    }
    for await (const { digest, holder } of rowsOf(previous, part)) {
      if (known.tickOff(digest)) yield { change: 'lost', holder };
    }
  }

  async function* rowsOf(read: ReadHolders<H>, part: number) {
    for await (const holder of read()) {
      if (parts > 1 && toHash(holder.personId) % parts !== part) continue;
      yield { digest: toDigest(holder.licenseId, holder.personId), holder };
    }
  }
}

/** FNV-1a: a digest of each row that is not in the part would take longer than to read it. */
function toHash(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return hash >>> 0;
}

/** Counts the changes by license while they pass. */
export async function* countChanges<H extends Holder>(
  changes: AsyncIterable<HolderChange<H>>,
  counts: Map<string, { gained: number; lost: number }>,
): AsyncGenerator<HolderChange<H>> {
  for await (const one of changes) {
    const { licenseId } = one.holder;
    const count = counts.get(licenseId) ?? { gained: 0, lost: 0 };
    count[one.change] += 1;
    counts.set(licenseId, count);
    yield one;
  }
}
