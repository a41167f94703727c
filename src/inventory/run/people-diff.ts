import type { Digest, DigestSet } from './digest-set.ts';

/** Somebody who has a license. */
export interface Holder {
  readonly personId: string;
}

/** Reads the holders of one license in a run from the beginning, each time it is called; in groups of any size. */
export type ReadHolderStream<H extends Holder> = () => AsyncIterable<readonly H[]>;

export interface HolderChange<H extends Holder> {
  readonly change: 'gained' | 'lost';
  readonly holder: H;
}

/** Which people are compared: those whose id falls into one of so many parts. */
export interface Part {
  readonly part: number;
  readonly of: number;
}

export interface DiffTools {
  readonly toDigest: (personId: string) => Digest;
  /** With room for all people of a part, in either run; what it holds is lost. */
  readonly known: DigestSet;
}

/**
 * Who has a license since the previous run, and who has it no more. The rows may be in any order; one that comes
 * twice counts once. The previous run is read again only where somebody lost the license.
 */
export async function* diffPeople<H extends Holder>(
  previous: ReadHolderStream<H>,
  current: ReadHolderStream<H>,
  { part, of }: Part,
  { toDigest, known }: DiffTools,
): AsyncGenerator<HolderChange<H>> {
  known.clear();
  let lost = 0;
  for await (const group of previous()) {
    for (const { digest } of digestsOf(group)) if (known.add(digest)) lost += 1;
  }
  for await (const group of current()) {
    for (const { digest, holder } of digestsOf(group)) {
      const isNew = known.add(digest);
      if (isNew) yield { change: 'gained', holder };
      if (known.tickOff(digest) && !isNew) lost -= 1;
    }
  }
  if (lost === 0) return;
  for await (const group of previous()) {
    for (const { digest, holder } of digestsOf(group)) {
      if (!known.tickOff(digest)) continue;
      yield { change: 'lost', holder };
      lost -= 1;
    }
    if (lost === 0) return;
  }

  function digestsOf(group: readonly H[]) {
    const all = group.map((holder) => ({ digest: toDigest(holder.personId), holder }));
    // By the upper half: the place in the set is by the lower one.
    return of === 1 ? all : all.filter(({ digest }) => Number(digest >> 32n) % of === part);
  }
}
