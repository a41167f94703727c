import type { Origin } from '../http/origin.ts';

/** Whether a person has a license or a site; `pending` until a person outside the organization accepts. */
export type Holding = 'held' | 'not-held' | 'pending' | 'unknown';

/**
 * How a change is known:
 * - `changed`: Webex answered, and its answer shows it
 * - `found-after-interruption`: an attempt before ended without an answer, and the change is there: it is ours, or
 *   somebody else's in between
 * - `did-not-stand`: Webex answered that it was done, and a look at the person right after did not show it
 * - `unknown`: sent perhaps, never answered, and nobody will look again
 */
export type Known = 'changed' | 'found-after-interruption' | 'did-not-stand' | 'unknown';

export interface NamedLicense {
  readonly id?: string;
  readonly name?: string;
}

/** One change of one license or site of one person at Webex: what a line of the audit trail says. */
export interface Change {
  readonly requestId: string;
  /** Others that asked for the same, and were answered with the same change. */
  readonly alsoFor?: readonly string[];
  readonly asked: Partial<Origin> & {
    readonly source?: string;
    readonly reason?: string;
    /** Who had it tried again, where that was needed. */
    readonly redrivenBy?: Origin;
  };
  /** As the request or Webex's answer named them. */
  readonly person: { readonly email?: string; readonly personId?: string; readonly orgId?: string };
  readonly operation: 'add' | 'remove';
  readonly license?: NamedLicense;
  readonly siteUrl?: string;
  readonly known: Known;
  /** Known only where the person was read before. */
  readonly before: Holding;
  readonly after: Holding;
  readonly attempt: number;
  readonly instance: string;
  readonly trackingId?: string;
}
