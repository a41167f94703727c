/** One block that is being filled. */
export interface BlockBuffer {
  add(bytes: Uint8Array): void;
  /** What was added; until it is cleared. */
  bytes(): Buffer;
  clear(): void;
}

const FIRST_BYTES = 32 * 1_024;

/**
 * Memory for blocks that is used again: a page waits for storage here. Were each kept as it came until its block is
 * made, thousands of them would outlive the young part of the heap, and be taken for long-lived.
 */
export function createBlockBuffers() {
  const free: BlockBuffer[] = [];
  return {
    take: (): BlockBuffer => free.pop() ?? createBlockBuffer(),
    /** Only when nobody reads its bytes any more. */
    giveBack(buffer: BlockBuffer): void {
      buffer.clear();
      free.push(buffer);
    },
  };
}

function createBlockBuffer(): BlockBuffer {
  let memory = Buffer.allocUnsafeSlow(FIRST_BYTES);
  let length = 0;
  return {
    add(bytes) {
      if (length + bytes.length > memory.length) {
        const larger = Buffer.allocUnsafeSlow(2 * (length + bytes.length));
        memory.copy(larger, 0, 0, length);
        memory = larger;
      }
      memory.set(bytes, length);
      length += bytes.length;
    },
    bytes: () => memory.subarray(0, length),
    clear() {
      length = 0;
    },
  };
}
