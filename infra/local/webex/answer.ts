import type { RuleError } from './error-codes.ts';

/** An answer of the simulated API, before faults. */
export interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Why a part was not done, which a 206 does not tell. */
  readonly reasons?: readonly RuleError[];
}

/** Webex's error document. */
export const toError = (
  status: number,
  message: string,
  errors: readonly RuleError[] = [{ description: message }],
): Answer => ({
  status,
  body: { message, errors },
});

export const NOT_FOUND = toError(404, 'The requested resource could not be found.');
