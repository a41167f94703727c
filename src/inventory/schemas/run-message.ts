import * as z from 'zod';

/** The message of the queue `inventory-runs`: work on this run. */
export const inventoryRunMessageSchema = z.object({ version: z.literal(1), runId: z.string().min(1) });

export const encodeInventoryRunMessage = (runId: string): string =>
  JSON.stringify({ version: 1, runId } satisfies z.output<typeof inventoryRunMessageSchema>);
