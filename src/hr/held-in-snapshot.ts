import type { HttpAnswer } from '../http/problem.ts';

/** A person in the latest people snapshot. */
export interface HeldInSnapshot {
  readonly personId: string;
  readonly licenses?: readonly { readonly id: string }[] | undefined;
  readonly siteUrls?: readonly string[] | undefined;
  /** ISO 8601; absent where Webex did not tell. */
  readonly createdAt?: string | undefined;
}

/** An instant of the snapshot. */
export const toInstant = (text: string | undefined): Date | undefined =>
  text === undefined ? undefined : new Date(text);

/** A person in the latest people snapshot, with their licenses then; else the answer that says why there is none. */
export type ReadInSnapshot = (name: string) => Promise<HeldInSnapshot | { readonly missing: HttpAnswer }>;

/** The ids of what a person holds; of a site, `site:<host>`. */
export const heldIds = (snapshot: HeldInSnapshot | undefined): readonly string[] => [
  ...(snapshot?.licenses ?? []).map(({ id }) => id),
  ...(snapshot?.siteUrls ?? []).map((host) => `site:${host}`),
];
