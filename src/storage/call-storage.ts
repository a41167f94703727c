import * as z from 'zod';
import { StorageUnavailable } from '../platform/storage-unavailable.ts';

/** The errors of all storage SDKs; each SDK has the service's code in another member. */
const restErrorSchema = z.object({
  name: z.literal('RestError'),
  statusCode: z.number().optional(),
  code: z.string().optional(),
  details: z
    .object({
      errorCode: z.string().optional(),
      odataError: z.object({ code: z.string().optional() }).optional(),
    })
    .optional()
    .catch(undefined),
});

export interface StorageError {
  readonly statusCode: number | undefined;
  readonly code: string;
}

/** Undefined for any other error. */
export function toStorageError(error: unknown): StorageError | undefined {
  const parsed = restErrorSchema.safeParse(error);
  if (!parsed.success) return undefined;
  const { statusCode, code, details } = parsed.data;
  return { statusCode, code: code ?? details?.odataError?.code ?? details?.errorCode ?? `${statusCode}` };
}

/** The value of a call, or `undefined` where storage answers with such a status: `[404]` for a missing row. */
export async function ignoreStatus<T>(
  statusCodes: readonly number[],
  call: Promise<T>,
): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    const failed = toStorageError(error);
    // A missing table, queue or container is not a missing row in it.
    if (failed && statusCodes.includes(failed.statusCode ?? 0) && !isMissingResource(failed))
      return undefined;
    throw error;
  }
}

const isMissingResource = ({ code }: StorageError) => /^(Table|Queue|Container)NotFound$/.test(code);

/**
 * For one call with the SDK's retries; well below `LEASE_MS`. The SDKs wait for ever on a socket whose peer is gone:
 * `tryTimeoutInMs` is sent to the server, and the table SDK has no timeout.
 */
const CALL_LIMIT_MS = 30_000;

/**
 * Makes one call to storage. Where the table, queue or container is missing, creates it and calls again.
 * @throws {StorageUnavailable} where storage refuses or does not answer; without an answer, the call may have succeeded
 */
export async function callStorage<T>(
  during: string,
  create: () => Promise<unknown>,
  call: () => Promise<T>,
): Promise<T> {
  try {
    return await inTime(during, callOrCreate(create, call));
  } catch (error) {
    const failed = toStorageError(error);
    throw failed ? new StorageUnavailable(during, failed.code, error) : error;
  }
}

async function callOrCreate<T>(create: () => Promise<unknown>, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    const failed = toStorageError(error);
    if (!failed || !isMissingResource(failed)) throw error;
    await create();
    return call();
  }
}

async function inTime<T>(during: string, call: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new StorageUnavailable(during, 'no-answer', undefined)), CALL_LIMIT_MS);
  });
  try {
    return await Promise.race([call, late]);
  } finally {
    clearTimeout(timer);
  }
}
