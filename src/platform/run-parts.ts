import type { Log } from './log.ts';

export type Part = (log: Log) => Promise<unknown>;

/** Parts failed: the message names them, and `errors` has their errors in the same order. */
export class PartsFailed extends AggregateError {
  override readonly name = 'PartsFailed';
}

/**
 * Runs parts in order. A part that fails is logged by its name, and the next parts still run.
 * @throws {PartsFailed} once all have run
 */
export async function runParts(parts: Readonly<Record<string, Part>>, log: Log): Promise<void> {
  const failed = new Map<string, unknown>();
  for (const [part, run] of Object.entries(parts)) {
    try {
      await run(log);
    } catch (error) {
      failed.set(part, error);
      log.warn('part-failed', { part, reason: toReason(error) });
    }
  }
  if (failed.size === 0) return;
  const named = [...failed].map(([part, error]) => `${part} (${toReason(error)})`);
  throw new PartsFailed(failed.values(), `failed: ${named.join(', ')}`);
}

const toReason = (error: unknown) => (error instanceof Error ? `${error.name}: ${error.message}` : 'unknown');
