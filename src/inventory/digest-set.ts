import { createHash } from 'node:crypto';

/** 64 bits. Never `[0, 0]`: that is an empty slot. */
export type Digest = readonly [high: number, low: number];

/** That two of a million people have one digest happens once in some ten million runs. */
export function toDigest(personId: string): Digest {
  const bytes = createHash('sha256').update(personId).digest();
  return [bytes.readUInt32LE(0), bytes.readUInt32LE(4) || 1];
}

/** A set of digests that can be ticked off, in memory of one size however many they are: 9 bytes a slot. */
export interface DigestSet {
  /** @returns false where it was there already */
  add(digest: Digest): boolean;
  /** @returns false where it is not there, or was ticked off already */
  tickOff(digest: Digest): boolean;
  clear(): void;
}

/** @param slots at least a fifth more than digests, or each look takes long */
export function createDigestSet(slots: number): DigestSet {
  const words = new Uint32Array(slots * 2);
  const isTicked = new Uint8Array(slots);
  const isTaken = (slot: number) => words[slot * 2 + 1] !== 0;

  /** The slot that holds the digest, or the one where it belongs. */
  function find([high, low]: Digest): number {
    for (let probe = 0; probe < slots; probe += 1) {
      const slot = (low + probe) % slots;
      if (!isTaken(slot) || (words[slot * 2] === high && words[slot * 2 + 1] === low)) return slot;
    }
    throw new Error(`there are more than ${slots} digests`);
  }

  return {
    add(digest) {
      const slot = find(digest);
      if (isTaken(slot)) return false;
      words.set(digest, slot * 2);
      return true;
    },
    tickOff(digest) {
      const slot = find(digest);
      if (!isTaken(slot) || isTicked[slot] === 1) return false;
      isTicked[slot] = 1;
      return true;
    },
    clear() {
      words.fill(0);
      isTicked.fill(0);
    },
  };
}
