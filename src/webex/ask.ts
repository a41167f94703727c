import type * as z from 'zod';
import { type CallAbout, toFailure, toUncertainFailure } from './failure.ts';
import type { Transport, WebexAnswer, WebexCall } from './transport.ts';

export interface Asked<T> {
  readonly answer: WebexAnswer;
  readonly value: T;
}

/** Makes a call, and reads what a 200 or 206 holds. @throws {WebexFailure} for every other answer */
export async function ask<T>(
  transport: Transport,
  call: WebexCall,
  schema: z.ZodType<T>,
  about: CallAbout,
): Promise<Asked<T>> {
  const answer = await transport.call(call);
  if (answer.status !== 200 && answer.status !== 206) throw toFailure(answer, about);
  const parsed = schema.safeParse(toJson(answer));
  if (parsed.success) return { answer, value: parsed.data };
  throw toUncertainFailure(
    'unreadable-answer',
    `an answer of ${answer.status} of another shape`,
    answer.trackingId,
  );
}

function toJson({ body, trackingId, status }: WebexAnswer): unknown {
  try {
    return JSON.parse(body);
  } catch {
    throw toUncertainFailure('unreadable-answer', `an answer of ${status} that is not JSON`, trackingId);
  }
}

/** A query, with its question mark, of the parameters that are there. */
export function toQuery(parameters: Readonly<Record<string, string | undefined>>): string {
  const given = Object.entries(parameters).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  return given.length === 0 ? '' : `?${new URLSearchParams(given)}`;
}
