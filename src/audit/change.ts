import type { Caller } from '../http/caller.ts';

/** Whether a person has a license or a site; `pending` until a person outside the organization accepts. */
export type Holding = 'held' | 'not-held' | 'pending' | 'unknown';

/**
 * How a change is known:
 * - `changed`: the answer of Webex shows it
 * - `found-after-interruption`: an attempt before ended without an answer, and the change is there: it was made by that
 *   attempt, or by another program since
 * - `did-not-stand`: Webex answered that it was done, and a read of the person after it did not show it
 * - `unknown`: it was perhaps sent and not answered, and the request has ended
 */
export type Known = 'changed' | 'found-after-interruption' | 'did-not-stand' | 'unknown';

export interface NamedLicense {
  readonly id?: string;
  readonly name?: string;
}

/** One change of one license or site of one person at Webex: a line of the audit trail. */
export interface Change {
  readonly requestId: string;
  /** Other requests for the same change. */
  readonly alsoFor?: readonly string[];
  readonly asked: Partial<Caller> & {
    readonly source?: string;
    readonly reason?: string;
    readonly redrivenBy?: Caller;
  };
  /** By the request or the answer of Webex. */
  readonly person: { readonly email?: string; readonly personId?: string; readonly orgId?: string };
  readonly operation: 'add' | 'remove';
  readonly license?: NamedLicense;
  /** The extension and number that Seatline chose, of a license that was asked for with `next-free`. */
  readonly properties?: {
    readonly locationId?: string;
    readonly extension?: string;
    readonly phoneNumber?: string;
  };
  readonly siteUrl?: string;
  readonly known: Known;
  /** `unknown` where the person was not read before the change. */
  readonly before: Holding;
  readonly after: Holding;
  readonly attempt: number;
  readonly instance: string;
  readonly trackingId?: string;
}
