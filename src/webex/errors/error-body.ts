import * as z from 'zod';
import { toTrackingId } from '../lenient.ts';
import { toSafeText } from './error-text.ts';

/** One error in an answer of Webex. */
export interface WebexError {
  readonly code?: number;
  /** Without personal data: see `toSafeText`. */
  readonly description: string;
}

interface ErrorBody {
  readonly errors: readonly WebexError[];
  readonly trackingId: string | undefined;
}

/** More than a request has items. */
const MAX_ERRORS = 50;

/** A code, as a number or as text; undefined for anything else. */
export const errorCodeSchema = z
  .union([z.number(), z.string().regex(/^\d{1,9}$/)])
  .transform(Number)
  .pipe(z.int())
  .optional()
  .catch(undefined);
const description = z.string().catch('');
const trackingId = z.string().optional().catch(undefined);
const message = z.string().optional().catch(undefined);
const errorsOf = <S extends z.ZodType>(item: S) =>
  z.array(z.unknown()).transform((items) => z.array(item).parse(items.slice(0, MAX_ERRORS)));

/** The licenses API answers the first shape, other Webex gateways the second. */
const bodySchema = z.union([
  z.object({
    errors: errorsOf(z.object({ errorCode: errorCodeSchema, description }).catch({ description: '' })),
    message,
    trackingId,
  }),
  z
    .object({
      error: z.object({
        message: errorsOf(z.object({ code: errorCodeSchema, description }).catch({ description: '' })),
      }),
      trackingId,
    })
    .transform(({ error, trackingId }) => ({
      errors: error.message.map(({ code, description }) => ({ errorCode: code, description })),
      message: undefined,
      trackingId,
    })),
  z.object({ message: z.string(), trackingId }).transform((body) => ({ ...body, errors: [] })),
]);

/** Reads the errors of a failed answer: none where it is not JSON, such as the HTML of a gateway. */
export function parseErrorBody(body: string): ErrorBody {
  const parsed = bodySchema.safeParse(toJson(body));
  if (!parsed.success) return { errors: [], trackingId: undefined };
  const { errors, message, trackingId } = parsed.data;
  const told = errors.length === 0 && message !== undefined ? [{ description: message }] : errors;
  return { errors: told.map(toError), trackingId: toTrackingId(trackingId) };
}

const toError = (told: { errorCode?: number | undefined; description: string }): WebexError => ({
  ...(told.errorCode === undefined ? {} : { code: told.errorCode }),
  description: toSafeText(told.description),
});

function toJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
