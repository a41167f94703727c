import { TableClient } from '@azure/data-tables';
import { TABLES } from '../../src/storage/names.ts';

/** How many requests the request store holds, by state. */
export async function countEntries(connectionString: string): Promise<Readonly<Record<string, number>>> {
  const table = TableClient.fromConnectionString(connectionString, TABLES.requests, {
    allowInsecureConnection: true,
  });
  const counts: Record<string, number> = {};
  const rows = table.listEntities<{ state?: string }>({ queryOptions: { select: ['state'] } });
  for await (const { state } of rows) if (state) counts[state] = (counts[state] ?? 0) + 1;
  return counts;
}
