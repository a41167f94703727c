/** 64 bits. Never 0: that is an empty slot. */
export type Digest = bigint;

/**
 * Makes digests of ids. That two of a million have the same one happens once in some ten million runs. No hash of
 * `node:crypto`: each is an object outside of the heap, and of a million they take longer to go than to make.
 */
export async function createToDigest(): Promise<(id: string) => Digest> {
  const { default: load } = await import('xxhash-wasm');
  const { h64 } = await load();
  return (id) => h64(id) || 1n;
}

/** A set of digests that can be ticked off, in memory of one size however many they are: 9 bytes a slot. */
export interface DigestSet {
  /** @returns false where it was there already */
  add(digest: Digest): boolean;
  /** @returns false where it is not there, or was ticked off already */
  tickOff(digest: Digest): boolean;
  clear(): void;
}

const LOW_BITS = 48;

/** @param slots at least a fifth more than digests, or each look takes long */
export function createDigestSet(slots: number): DigestSet {
  const digests = new BigUint64Array(slots);
  const isTicked = new Uint8Array(slots);
  const isTaken = (slot: number) => digests[slot] !== 0n;

  /** The slot that holds the digest, or the one where it belongs. */
  function find(digest: Digest): number {
    const first = Number(BigInt.asUintN(LOW_BITS, digest)) % slots;
    for (let probe = 0; probe < slots; probe += 1) {
      const slot = (first + probe) % slots;
      if (!isTaken(slot) || digests[slot] === digest) return slot;
    }
    throw new Error(`there are more than ${slots} digests`);
  }

  return {
    add(digest) {
      const slot = find(digest);
      if (isTaken(slot)) return false;
      digests[slot] = digest;
      return true;
    },
    tickOff(digest) {
      const slot = find(digest);
      if (!isTaken(slot) || isTicked[slot] === 1) return false;
      isTicked[slot] = 1;
      return true;
    },
    clear() {
      digests.fill(0n);
      isTicked.fill(0);
    },
  };
}
