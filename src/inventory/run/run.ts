import * as z from 'zod';
import { stored } from '../../platform/stored.ts';
import { hasTrueCounts, type License } from '../../webex/license.ts';
import { toRunFolder } from '../publish/paths.ts';
import {
  INVENTORY_VERSION,
  manifestFileSchema,
  RUN_STATES,
  type RunStatus,
  SCOPE,
} from '../schemas/files.ts';

/** Blocks of a file: of which session, and how many. */
const blocksSchema = z.array(z.tuple([z.number().int(), z.number().int()]));

/** What a manifest will say of a file of the run. */
const fileSchema = stored({
  ...manifestFileSchema.shape,
  parts: z.array(stored(manifestFileSchema.shape.parts.unwrap().element.shape)).optional(),
});

/** How far the holders of one license are read. */
const listingSchema = stored({
  /** The license's place in the catalogue of the run. */
  license: z.number().int(),
  pages: z.number().int(),
  rows: z.number().int(),
  /** Rows that could not be read, and are left out. */
  odd: z.number().int().optional(),
  /** How many people hold the license, by the latest page that said so. */
  counted: z.number().optional(),
  /** Of its compressed rows. */
  bytes: z.number().int(),
  /** Where the next page is; without one, the first is, or none is left. */
  next: z.string().optional(),
  isDone: z.boolean(),
  /** Why it cannot be read: the run ends partial. */
  failure: z.string().optional(),
  /** The blocks that hold its rows. */
  blocks: blocksSchema,
});

/** How far the holders are compared with those of the run that was the latest before. */
const comparisonSchema = stored({
  /** Undefined where there is none to compare with. */
  previousRun: z.string().optional(),
  /** How many steps are done. */
  steps: z.number().int(),
  /** Of the changes that were found. */
  rows: z.number().int(),
  bytes: z.number().int(),
  blocks: blocksSchema,
  /** Of each license that is compared, once it is. */
  counts: z.array(stored({ licenseId: z.string(), gained: z.number().int(), lost: z.number().int() })),
  isDone: z.boolean(),
  /** Of the changes, when all are found. */
  file: fileSchema.optional(),
});

/** An inventory run, as it is kept between the invocations that work on it. */
export const runStateSchema = stored({
  runId: z.string(),
  state: z.enum(RUN_STATES),
  trigger: z.enum(['timer', 'request']),
  force: z.boolean(),
  requestedAt: z.coerce.date(),
  updatedAt: z.coerce.date(),
  /** How often it was taken up. */
  session: z.number().int(),
  /** Failed tries since it last got on. */
  failures: z.number().int(),
  waitingUntil: z.coerce.date().optional(),
  reason: stored({ condition: z.string(), detail: z.string() }).optional(),
  /** Before the catalogue is read: of the run before it. */
  orgId: z.string().optional(),
  readStartedAt: z.coerce.date().optional(),
  readEndedAt: z.coerce.date().optional(),
  isLatest: z.boolean().optional(),
  warnings: z.array(z.string()),
  expectedRows: z.number().int(),
  /** Undefined as long as the catalogue is not read. */
  listings: z.array(listingSchema).optional(),
  /** The file of who holds what, when all is read. */
  assignments: fileSchema.optional(),
  comparison: comparisonSchema.optional(),
});

export type Comparison = z.output<typeof comparisonSchema>;
export type Listing = z.output<typeof listingSchema>;
export type RunState = z.output<typeof runStateSchema>;

/** A run with the version of it that is stored. */
export interface StoredRun extends RunState {
  readonly version: string;
}

export const newRun = (
  runId: string,
  asked: Pick<RunState, 'trigger' | 'force'>,
  now: Date,
  orgId: string | undefined,
): RunState => ({
  runId,
  state: 'queued',
  ...asked,
  requestedAt: now,
  updatedAt: now,
  session: 0,
  failures: 0,
  ...(orgId !== undefined && { orgId }),
  warnings: [],
  expectedRows: 0,
});

/** Of a license whose holders nobody has read yet. @param license its place in the catalogue of the run */
export const newListing = (license: number): Listing => ({
  license,
  pages: 0,
  rows: 0,
  bytes: 0,
  isDone: false,
  blocks: [],
});

/**
 * How many rows of a listing are missing, by the counts of the catalogue and of the pages: the lower one counts, since
 * people may have lost the license while it was read. 0 where Webex gives no count.
 */
function toMissingRows({ rows, odd = 0, counted }: Listing, { consumedByUsers }: License): number {
  const counts = [consumedByUsers, counted].filter((count) => typeof count === 'number');
  return counts.length === 0 ? 0 : Math.max(0, Math.min(...counts) - rows - odd);
}

/** Why the holders of a license are not known in full; undefined where they are. */
export function toListingFailure(listing: Listing, licenses: readonly License[]): string | undefined {
  const license = licenses[listing.license];
  if (listing.failure !== undefined || license === undefined || !hasTrueCounts(license))
    return listing.failure;
  const missing = toMissingRows(listing, license);
  return missing > 0 ? `${missing} of its people are missing from the listing of Webex` : undefined;
}

const OPEN: ReadonlySet<RunState['state']> = new Set(['queued', 'reading', 'waiting']);

/** Whether somebody is to go on with it. */
export const isOpen = ({ state }: Pick<RunState, 'state'>): boolean => OPEN.has(state);

/** Older than this, what it has read is worth nothing any more. */
const RESUMABLE_MS = 12 * 3_600_000;

/** Whether a run that failed is gone on with, rather than begun anew: it has read something, and lately. */
export const isResumable = ({ state, listings, readStartedAt }: RunState, now: Date): boolean =>
  state === 'failed' &&
  listings?.some(({ pages }) => pages > 0) === true &&
  readStartedAt !== undefined &&
  now.getTime() - readStartedAt.getTime() < RESUMABLE_MS;

/** What the outside sees of a run. */
export function toRunStatus(run: RunState): RunStatus {
  const { listings = [] } = run;
  const sum = (of: (listing: Listing) => number) =>
    listings.reduce((total, listing) => total + of(listing), 0);
  return {
    schemaVersion: INVENTORY_VERSION,
    runId: run.runId,
    ...(run.orgId !== undefined && { orgId: run.orgId }),
    scope: SCOPE,
    state: run.state,
    trigger: run.trigger,
    force: run.force,
    requestedAt: run.requestedAt.toISOString(),
    updatedAt: run.updatedAt.toISOString(),
    ...(run.waitingUntil && { waitingUntil: run.waitingUntil.toISOString() }),
    ...(run.reason && { reason: run.reason }),
    ...(run.readStartedAt && { folder: toRunFolder(run) }),
    ...(run.isLatest !== undefined && { isLatest: run.isLatest }),
    warnings: run.warnings,
    licenses: listings.length,
    licensesDone: sum(({ isDone }) => Number(isDone)),
    pages: sum(({ pages }) => pages),
    rows: sum(({ rows }) => rows),
    expectedRows: run.expectedRows,
  };
}
