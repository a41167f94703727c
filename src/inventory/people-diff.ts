import { type DigestSet, toDigest } from './digest-set.ts';

/** Somebody who has a license. */
export interface Holder {
  readonly personId: string;
}

/** Reads the holders of one license in a run from the beginning, each time it is called. */
export type ReadHolders<H extends Holder> = () => AsyncIterable<H>;

export interface HolderChange<H extends Holder> {
  readonly change: 'gained' | 'lost';
  readonly holder: H;
}

/** Which people are compared: those whose id falls into one of so many parts. */
export interface Part {
  readonly part: number;
  readonly of: number;
}

/**
 * Who has a license since the previous run, and who has it no more. The rows may be in any order; one that comes
 * twice counts once. The previous run is read again only where somebody lost the license.
 * @param known with room for all people of the part, in either run; what it holds is lost
 */
export async function* diffPeople<H extends Holder>(
  previous: ReadHolders<H>,
  current: ReadHolders<H>,
  { part, of }: Part,
  known: DigestSet,
): AsyncGenerator<HolderChange<H>> {
  known.clear();
  let lost = 0;
  for await (const { digest } of rowsOf(previous)) if (known.add(digest)) lost += 1;
  for await (const { digest, holder } of rowsOf(current)) {
    const isNew = known.add(digest);
    if (isNew) yield { change: 'gained', holder };
    if (known.tickOff(digest) && !isNew) lost -= 1;
  }
  if (lost === 0) return;
  for await (const { digest, holder } of rowsOf(previous)) {
    if (!known.tickOff(digest)) continue;
    yield { change: 'lost', holder };
    lost -= 1;
    if (lost === 0) return;
  }

  async function* rowsOf(read: ReadHolders<H>) {
    for await (const holder of read()) {
      if (of > 1 && toHash(holder.personId) % of !== part) continue;
      yield { digest: toDigest(holder.personId), holder };
    }
  }
}

/** FNV-1a: a digest of each row that is not in the part would take longer than to read it. */
function toHash(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return hash >>> 0;
}
