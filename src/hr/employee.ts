import * as z from 'zod';
import type { Unreadable } from '../platform/purge.ts';
import { type Immutable, stored } from '../platform/stored.ts';
import type { VersionConflict } from '../platform/version-conflict.ts';
import { storedAttributesSchema } from '../policy/attribute-value.ts';
import { grantSchema } from '../policy/grant.ts';
import { storedLicenseRequestSchema } from '../requests/license-request.ts';
import { hrEventSchema } from './hr-event.ts';

const date = z.coerce.date();
/** A license request to be made; its id is of the plan it belongs to. */
const plannedRequestSchema = stored({ requestId: z.string(), request: storedLicenseRequestSchema });

/** What a plan asks of the request store. */
const ordersSchema = stored({
  eventKey: z.string(),
  /** The secret that the event was sent with, as its record names it. */
  key: z.string().exactOptional(),
  /** When the event was received. */
  askedAt: date.exactOptional(),
  /** The policy that the plan was made by, and the kind of the event. */
  policyVersion: z.string().exactOptional(),
  hrEvent: z.string().exactOptional(),
  requests: z.array(plannedRequestSchema),
  /** Requests of earlier plans that have not taken effect, and are replaced by these. */
  replaces: z.array(z.string()),
});

/** What is taken from somebody who left, and when. */
const reclaimSchema = stored({ at: date, grants: z.array(grantSchema) });

const pendingEventSchema = stored({ eventKey: z.string(), at: date, event: hrEventSchema });

/** What is known of an employee of one source, and what the policy has done for them so far. */
export const employeeSchema = stored({
  source: z.string(),
  employeeId: z.string(),
  email: z.string().exactOptional(),
  attributes: storedAttributesSchema,
  /** What the policy gave, by the events that have taken effect. */
  grants: z.array(grantSchema),
  /** The newest event that has taken effect. */
  last: stored({ at: date, kind: hrEventSchema.shape.kind }).exactOptional(),
  /** Events that take effect later, in the order of their time. */
  pending: z.array(pendingEventSchema),
  /** What a leaver keeps for a while, in the order of its time. */
  reclaims: z.array(reclaimSchema),
  /** Requests made for what is still to come: replaced as a whole when anything changes. */
  scheduled: z.array(stored({ requestId: z.string(), at: date })),
  /** When HR last took back what was still to come: what it said before that must not come back late. */
  withdrawnAt: date.exactOptional(),
  /** The latest events that were taken in, so that none is twice. */
  eventKeys: z.array(z.string()),
  /** What the newest plan asks for, until it is dispatched: written first, so that of two plans one is carried out. */
  orders: ordersSchema.exactOptional(),
  /** The person of the employee: see `Person`. What stands beside it of plans and grants is version 0.1.0's. */
  personKey: z.string().exactOptional(),
  /** Counts the plans made: a part of the ids of their requests. */
  revision: z.number(),
});
export type Employee = Immutable<z.output<typeof employeeSchema>>;

export interface StoredEmployee extends Employee {
  readonly version: string;
}

export interface EmployeePage extends Unreadable {
  readonly employees: readonly StoredEmployee[];
  /** Where the next page begins; undefined after the last one. */
  readonly next: string | undefined;
}

/** The employee directory. Keys are HR's own ids; without one, the address. */
export interface Employees {
  read(source: string, employeeId: string): Promise<StoredEmployee | undefined>;
  /** Adds the employee, or replaces the version that was read. */
  write(employee: Employee & { readonly version?: string }): Promise<StoredEmployee | VersionConflict>;
  /** @returns whether the employee is gone: false on a version conflict */
  remove(employee: StoredEmployee): Promise<boolean>;
  /** A page of those of a source, or of all, at most `limit`. */
  page(source: string | undefined, limit: number, next?: string): Promise<EmployeePage>;
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
