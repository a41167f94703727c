import * as z from 'zod';
import type { HostLogEntry } from './host/host.ts';

const movedSchema = z.object({
  event: z.literal('request'),
  requestId: z.string(),
  from: z.string().optional(),
  to: z.string(),
  waitingFor: z.string().optional(),
  until: z.string().optional(),
  failure: z.string().optional(),
});

const publishedSchema = z.object({ event: z.literal('inventory-published'), folder: z.string() });

/** One line for a request that moved, and for what a person should know; undefined for all else. */
export function toLine({ level, message }: HostLogEntry, now: Date): string | undefined {
  const time = now.toISOString().slice(11, 19);
  const moved = movedSchema.safeParse(toJson(message));
  if (moved.success) {
    const { requestId, from, to, waitingFor, until, failure } = moved.data;
    const why = [failure, waitingFor && `${waitingFor} until ${until?.slice(11, 19)}`]
      .filter(Boolean)
      .join(' ');
    return `${time}  ${requestId}  ${from ? `${from} → ` : ''}${to}${why ? ` (${why})` : ''}`;
  }
  const published = publishedSchema.safeParse(toJson(message));
  if (published.success) return `${time}  inventory published: ${published.data.folder}`;
  const isNews = level === 'host' || level === 'warning' || level === 'error' || level === 'critical';
  return isNews ? `${time}  ${message}` : undefined;
}

function toJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Most log lines are not JSON.
    return undefined;
  }
}
