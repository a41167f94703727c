import { type CallAbout, toFailure, toUncertainFailure } from './errors/failure.ts';
import type { Transport, WebexAnswer, WebexCall } from './transport.ts';

export interface Asked<T> {
  readonly answer: WebexAnswer;
  readonly value: T;
}

/** Reads an answer: a zod schema is one. For the pages of a listing, use no `transform` of zod 4.6: see `license-users.ts`. */
export interface Shape<T> {
  safeParse(json: unknown): { readonly success: true; readonly data: T } | { readonly success: false };
}

/** Makes a call, and reads the body of a 200 or 206. @throws {WebexFailure} for every other answer */
export async function ask<T>(
  transport: Transport,
  call: WebexCall,
  shape: Shape<T>,
  about: CallAbout,
): Promise<Asked<T>> {
  const answer = await transport.call(call);
  if (answer.status !== 200 && answer.status !== 206) throw toFailure(answer, about);
  const parsed = shape.safeParse(toJson(answer));
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

/** A query, with its question mark, of the defined parameters. */
export function toQuery(parameters: Readonly<Record<string, string | undefined>>): string {
  const given = Object.entries(parameters).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  return given.length === 0 ? '' : `?${new URLSearchParams(given)}`;
}
