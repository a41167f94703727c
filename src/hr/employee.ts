import type { HrEvent } from '../contract/hr-event.ts';
import type { LicenseItem, LicenseRequest, SiteItem } from '../contract/license-request.ts';

/** A license or site that the policy gave somebody. */
export type Grant =
  | {
      readonly kind: 'license';
      readonly license: LicenseItem['license'];
      readonly properties?: LicenseItem['properties'];
    }
  | { readonly kind: 'site'; readonly siteUrl: SiteItem['siteUrl'] };

/** A license request to be made; its id is of the plan it belongs to. */
export interface PlannedRequest {
  readonly requestId: string;
  readonly request: LicenseRequest;
}

/** What a plan asks of the ledger. */
export interface Orders {
  readonly eventKey: string;
  /** The secret that the event was sent with, as its record names it. */
  readonly key?: string;
  /** When the event was received. */
  readonly askedAt?: Date;
  readonly requests: readonly PlannedRequest[];
  /** Requests of earlier plans that have not taken effect, and are replaced by these. */
  readonly replaces: readonly string[];
}

/** What is known of an employee of one source, and what the policy has done for them so far. */
export interface Employee {
  readonly source: string;
  readonly employeeId: string;
  readonly email?: string;
  readonly attributes: Readonly<Record<string, string>>;
  /** What the policy gave, by the events that have taken effect. */
  readonly grants: readonly Grant[];
  /** The newest event that has taken effect. */
  readonly last?: { readonly at: Date; readonly kind: HrEvent['kind'] };
  /** Events that take effect later, in the order of their time. */
  readonly pending: readonly PendingEvent[];
  /** What a leaver keeps for a while, in the order of its time. */
  readonly reclaims: readonly Reclaim[];
  /** Requests made for what is still to come: replaced as a whole when anything changes. */
  readonly scheduled: readonly { readonly requestId: string; readonly at: Date }[];
  /** When HR last took back what was still to come: what it said before that must not come back late. */
  readonly withdrawnAt?: Date;
  /** The latest events that were taken in, so that none is twice. */
  readonly eventKeys: readonly string[];
  /** What the newest plan asks for, until the ledger has it: written first, so that of two plans one is carried out. */
  readonly orders?: Orders;
  /** Counts the plans made: a part of the ids of their requests. */
  readonly revision: number;
}

/** What is taken from somebody who left, and when. */
export interface Reclaim {
  readonly at: Date;
  readonly grants: readonly Grant[];
}

export interface PendingEvent {
  readonly eventKey: string;
  readonly at: Date;
  readonly event: HrEvent;
}

export interface StoredEmployee extends Employee {
  readonly version: string;
}

/** The employee directory. Keys are HR's own ids; without one, the address. */
export interface Employees {
  read(source: string, employeeId: string): Promise<StoredEmployee | undefined>;
  /** Adds or replaces, if nobody else did since it was read; undefined where somebody did. */
  write(employee: Employee & { readonly version?: string }): Promise<StoredEmployee | undefined>;
}

export const newEmployee = (source: string, employeeId: string): Employee => ({
  source,
  employeeId,
  attributes: {},
  grants: [],
  pending: [],
  reclaims: [],
  scheduled: [],
  eventKeys: [],
  revision: 0,
});

/** Equal grants have equal keys: properties aside, since a person has a license once. */
export const toGrantKey = (grant: Grant): string =>
  grant.kind === 'site' ? `site ${grant.siteUrl}` : `license ${JSON.stringify(grant.license).toLowerCase()}`;
