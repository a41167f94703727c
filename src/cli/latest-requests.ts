import * as z from 'zod';
import { type Api, getPages } from './api.ts';
import { requestSchema, type ShownRequest } from './request-text.ts';

/** The requests that moved lately, as `list --json` prints them without a filter. */
export const latestSchema = z.object({
  since: z.string(),
  /** How many there are by state. */
  states: z.record(z.string(), z.number()),
  /** There are more than were counted. */
  isMore: z.boolean(),
  /** The latest ones, the last to move first. */
  items: z.array(requestSchema),
});
export type Latest = z.output<typeof latestSchema>;

const HOUR_MS = 3_600_000;
/** How far to look back: further, where little has moved. */
const HOURS = [1, 24, 30 * 24];
const SHOWN = 20;
/** About 5,000 requests. */
const MAX_PAGES = 50;

/** Counts the requests that moved lately, and finds the latest of them. */
export async function readLatest(api: Api, now: Date): Promise<Latest> {
  let latest: Latest = { since: now.toISOString(), states: {}, isMore: false, items: [] };
  for (const hours of HOURS) {
    latest = await readSince(api, new Date(now.getTime() - hours * HOUR_MS).toISOString());
    if (latest.isMore || latest.items.length === SHOWN) break;
  }
  return latest;
}

async function readSince(api: Api, since: string): Promise<Latest> {
  const states: Record<string, number> = {};
  let items: readonly ShownRequest[] = [];
  let pages = 0;
  for await (const page of getPages(api, '/license-requests', { since })) {
    if (pages === MAX_PAGES) return { since, states, isMore: true, items: [...items] };
    pages += 1;
    const requests = page.map((item) => requestSchema.parse(item));
    for (const { state } of requests) states[state] = (states[state] ?? 0) + 1;
    items = [...items, ...requests]
      .sort((one, other) => (one.updatedAt < other.updatedAt ? 1 : -1))
      .slice(0, SHOWN);
  }
  return { since, states, isMore: false, items: [...items] };
}
