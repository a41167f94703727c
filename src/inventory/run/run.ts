import * as z from 'zod';
import { driftResultSchema } from '../../hr/drift/drift.ts';
import { peopleProgressSchema } from '../../people/progress.ts';
import { stored } from '../../platform/stored.ts';
import { toOrgFolder, UNKNOWN_ORG } from '../publish/paths.ts';
import { INVENTORY_VERSION, RUN_STATES, type RunStatus, SCOPE } from '../schemas/files.ts';

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
  isLatest: z.boolean().optional(),
  warnings: z.array(z.string()),
  expectedRows: z.number().int(),
  /** Places in the catalogue of the licenses whose holders are published. Undefined as long as the catalogue is not read. */
  kept: z.array(z.number().int()).optional(),
  reading: peopleProgressSchema.optional(),
  /** How far the drift is found, how often that was begun without getting on, and what came of it. */
  drift: stored({
    progress: z.unknown().optional(),
    tries: z.number().int(),
    result: driftResultSchema.optional(),
  }).optional(),
});

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

const OPEN: ReadonlySet<RunState['state']> = new Set(['queued', 'reading', 'waiting']);

/** Whether somebody is to go on with it. */
export const isOpen = ({ state }: Pick<RunState, 'state'>): boolean => OPEN.has(state);

/** Older than this, what it has read is worth nothing any more. */
const RESUMABLE_MS = 12 * 3_600_000;

/** Whether a run that failed is gone on with, rather than begun anew: it has read something, and lately. */
export const isResumable = ({ state, reading, readStartedAt, reason }: RunState, now: Date): boolean =>
  state === 'failed' &&
  reading !== undefined &&
  reading.pages > 0 &&
  // There is no good link to go on at.
  !['people-link-refused', 'people-list-repeats', 'next-link-repeated'].includes(reason?.condition ?? '') &&
  readStartedAt !== undefined &&
  now.getTime() - readStartedAt.getTime() < RESUMABLE_MS;

/** `v1/<org>/YYYY/MM/DD/HH-MM-SSZ_<run>`, in UTC: where its files are. */
export function toRunFolder({ orgId = UNKNOWN_ORG, runId, readStartedAt, requestedAt }: RunState): string {
  const [date = '', time = ''] = (readStartedAt ?? requestedAt).toISOString().split('T');
  return `${toOrgFolder(orgId)}/${date.replaceAll('-', '/')}/${time.slice(0, 8).replaceAll(':', '-')}Z_${runId}`;
}

/** What the outside sees of a run. */
export function toRunStatus(run: RunState): RunStatus {
  const { runId, orgId, state, trigger, force, reason, isLatest, warnings, expectedRows } = run;
  const { kept = [], reading } = run;
  const { whole, pages = 0, outside = [] } = reading ?? {};
  const { holders = [] } = (whole ?? reading)?.totals ?? {};
  return {
    schemaVersion: INVENTORY_VERSION,
    scope: SCOPE,
    ...{ runId, orgId, state, trigger, force, reason, isLatest, warnings, expectedRows },
    requestedAt: run.requestedAt.toISOString(),
    updatedAt: run.updatedAt.toISOString(),
    waitingUntil: run.waitingUntil?.toISOString(),
    folder: run.readStartedAt && toRunFolder(run),
    licenses: kept.length,
    licensesDone: whole ? kept.length : 0,
    pages: outside.reduce((sum, one) => sum + one.pages, pages),
    rows: kept.reduce((sum, license) => sum + (holders[license] ?? 0), 0),
    people: whole ? whole.totals.people + whole.totals.outside : reading?.totals.people,
  };
}
