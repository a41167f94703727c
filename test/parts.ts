import { afterAll } from '@jest/globals';

export interface Part {
  stop(): Promise<unknown>;
}

const STOP_DEADLINE_MS = 60_000;

/**
 * What the tests of a file, or of a `describe`, share: each part that is started is stopped after the last of them, the
 * latest first, also where a start took too long, or another part did not start or stop. What is left running keeps
 * jest from ending.
 */
export function createParts(): <P extends Part>(part: Promise<P>) => Promise<P> {
  const parts: Promise<Part>[] = [];
  afterAll(async () => {
    const failures: unknown[] = [];
    for (const starting of parts.splice(0).reverse()) {
      // Whoever started it has been told why it did not start.
      const [part] = await Promise.allSettled([starting]);
      if (part.status === 'fulfilled')
        await part.value.stop().catch((error: unknown) => failures.push(error));
    }
    if (failures.length > 0) throw new AggregateError(failures, 'Some parts did not stop');
  }, STOP_DEADLINE_MS);
  return (part) => {
    parts.push(part);
    return part;
  };
}
