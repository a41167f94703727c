import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';

const TIME_SPAN = /^(?:(\d+)\.)?(\d{1,2}):(\d{2}):(\d{2})$/;

/** `[d.]hh:mm:ss`, in milliseconds. */
const timeSpan = z.string().regex(TIME_SPAN, 'must be a time span hh:mm:ss').transform(toMs);

function toMs(text: string): number {
  const [, days = '0', hours = '0', minutes = '0', seconds = '0'] = TIME_SPAN.exec(text) ?? [];
  return (((Number(days) * 24 + Number(hours)) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1_000;
}

/** What of host.json the local host follows, with the defaults of the real one. */
const hostJsonSchema = z.looseObject({
  version: z.literal('2.0', { error: 'must be "2.0"' }),
  functionTimeout: z.union([timeSpan, z.literal('-1').transform(() => undefined)]).default(30 * 60_000),
  extensions: z
    .looseObject({
      http: z.looseObject({ routePrefix: z.string().default('api') }).prefault({}),
      queues: z
        .looseObject({
          batchSize: z.number().int().min(1).max(32).default(16),
          newBatchThreshold: z.number().int().min(0).optional(),
          maxDequeueCount: z.number().int().min(1).default(5),
          visibilityTimeout: timeSpan.default(0),
          // The default is one minute, and in the Development environment this; a value that is given counts.
          maxPollingInterval: timeSpan.default(2_000),
          messageEncoding: z.enum(['base64', 'none']).default('base64'),
        })
        .prefault({}),
    })
    .prefault({}),
});

export interface QueueSettings {
  readonly batchSize: number;
  readonly newBatchThreshold: number;
  readonly maxDequeueCount: number;
  readonly visibilityTimeoutMs: number;
  readonly maxPollingIntervalMs: number;
  readonly messageEncoding: 'base64' | 'none';
}

export interface HostJson {
  readonly routePrefix: string;
  /** Undefined where an invocation may take for ever. */
  readonly functionTimeoutMs: number | undefined;
  readonly queues: QueueSettings;
}

/** @throws where host.json is missing, or says what the real host would refuse */
export async function readHostJson(appDirectory: string): Promise<HostJson> {
  const parsed = hostJsonSchema.safeParse(
    JSON.parse(await readFile(join(appDirectory, 'host.json'), 'utf8')),
  );
  if (!parsed.success) {
    const lines = parsed.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`);
    throw new Error(`host.json: ${lines.join('; ')}`);
  }
  const { functionTimeout, extensions } = parsed.data;
  const { queues, http } = extensions;
  return {
    routePrefix: http.routePrefix,
    functionTimeoutMs: functionTimeout,
    queues: {
      batchSize: queues.batchSize,
      newBatchThreshold: queues.newBatchThreshold ?? Math.floor(queues.batchSize / 2),
      maxDequeueCount: queues.maxDequeueCount,
      visibilityTimeoutMs: queues.visibilityTimeout,
      maxPollingIntervalMs: queues.maxPollingInterval,
      messageEncoding: queues.messageEncoding,
    },
  };
}
