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

const hrEventSchema = z.object({
  event: z.literal('hr-event'),
  eventKey: z.string(),
  kind: z.string().optional(),
  from: z.string().optional(),
  to: z.string(),
  until: z.string().optional(),
  detail: z.string().optional(),
});

const refusedSchema = z.object({
  event: z.literal('hr-webhook-refused'),
  source: z.string(),
  status: z.number(),
  cause: z.string(),
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
  const hrEvent = hrEventSchema.safeParse(toJson(message));
  if (hrEvent.success) {
    const { eventKey, kind, from, to, until, detail } = hrEvent.data;
    const why = [detail, until && `until ${until.slice(11, 19)}`].filter(Boolean).join('; ');
    return `${time}  HR ${eventKey}  ${kind ? `${kind} ` : ''}${from ? `${from} → ` : ''}${to}${why ? ` (${why})` : ''}`;
  }
  const refused = refusedSchema.safeParse(toJson(message));
  if (refused.success) {
    const { source, status, cause } = refused.data;
    return `${time}  HR webhook of ${source} refused with ${status}: ${cause}`;
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
