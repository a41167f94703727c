import * as z from 'zod';
import type { ShownRequest } from '../request-text.ts';
import type { FilePlan, PlannedRow } from './plan.ts';

const count = z.number();

/** What came of a file of people, as `--json` prints it. */
export const csvResultSchema = z.object({
  batch: z.string(),
  rows: z.object({ send: count, before: count, unchanged: count, mistake: count }),
  /** The requests of the rows by state; absent where none was waited for. */
  states: z.record(z.string(), count).optional(),
  /** The file with what became of each row. */
  result: z.string().optional(),
});

export function toCsvResult(
  { batch, rows }: FilePlan,
  ended?: { readonly requests: readonly ShownRequest[]; readonly result: string },
): z.output<typeof csvResultSchema> {
  const of = (kind: PlannedRow['kind']) => rows.filter((row) => row.kind === kind).length;
  const counts = {
    ...{ send: of('send'), before: of('before'), unchanged: of('unchanged'), mistake: of('mistake') },
  };
  if (ended === undefined) return { batch, rows: counts };
  const states: Record<string, number> = {};
  for (const { state } of ended.requests) states[state] = (states[state] ?? 0) + 1;
  return { batch, rows: counts, states, result: ended.result };
}
