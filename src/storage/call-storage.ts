import * as z from 'zod';
import { StorageUnavailable } from '../platform/storage-unavailable.ts';

/** The errors of all storage SDKs, each of which keeps the storage's code in another place. */
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

/** Undefined for anything but an error of storage. */
export function toStorageError(error: unknown): StorageError | undefined {
  const parsed = restErrorSchema.safeParse(error);
  if (!parsed.success) return undefined;
  const { statusCode, code, details } = parsed.data;
  return { statusCode, code: code ?? details?.odataError?.code ?? details?.errorCode ?? `${statusCode}` };
}

/** The value of a call, or `otherwise` where storage answers with such a status: a row that is not there, for one. */
export async function ignoreStatus<T, U>(
  statusCodes: readonly number[],
  otherwise: U,
  call: Promise<T>,
): Promise<T | U> {
  try {
    return await call;
  } catch (error) {
    const failed = toStorageError(error);
    // A missing table, queue or container is not a missing row in it.
    if (failed && statusCodes.includes(failed.statusCode ?? 0) && !isMissingHome(failed)) return otherwise;
    throw error;
  }
}

const isMissingHome = ({ code }: StorageError) => /^(Table|Queue|Container)NotFound$/.test(code);

/**
 * For one call, with the SDK's own retries; well within an attempt's turn. The SDKs wait for ever for an answer on a
 * socket that is dead without a word: `tryTimeoutInMs` is sent to the server, and the tables have none.
 */
const CALL_LIMIT_MS = 30_000;

/**
 * Makes one call to storage. Where its table, queue or container does not exist yet, creates that and calls again.
 * @throws {StorageUnavailable} where storage does not do it, or does not answer: then it may have been done
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
    if (!failed || !isMissingHome(failed)) throw error;
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
