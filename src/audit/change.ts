import type { Operation } from '../contract/license-request.ts';
import type { LedgerEntry } from '../ledger/entry.ts';
import type { Item } from '../ledger/items.ts';
import type { Origin } from '../ledger/origin.ts';

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
  readonly operation: Operation;
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

/** What of a change the request itself tells. */
export function toAsked(entry: LedgerEntry, item: Item, license?: NamedLicense) {
  const { requestId, request, origin, personId, redrivenBy } = entry;
  const { email, personId: named } = request?.person ?? {};
  const id = personId ?? named;
  return {
    requestId,
    asked: {
      ...origin,
      ...(request?.source !== undefined && { source: request.source }),
      ...(request?.reason !== undefined && { reason: request.reason }),
      ...(redrivenBy && { redrivenBy }),
    },
    person: {
      ...(email !== undefined && { email }),
      ...(id !== undefined && { personId: id }),
      ...(request?.orgId !== undefined && { orgId: request.orgId }),
    },
    operation: item.operation,
    ...(item.kind === 'site' ? { siteUrl: item.siteUrl } : { license: license ?? toNamed(item) }),
  } satisfies Partial<Change>;
}

/** A license as the request names it: by name, or by an id that may be taken for one. */
function toNamed({ reference }: Extract<Item, { kind: 'license' }>): NamedLicense {
  return { name: typeof reference === 'string' ? reference : reference.name };
}
