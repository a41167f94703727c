import * as z from 'zod';
import { DRIFT_KINDS, type DriftLine } from '../hr/drift/drift.ts';
import type { DriftBlock } from '../hr/drift/progress.ts';
import { readDriftBlock, readDriftIndex } from '../hr/drift/read-lines.ts';
import { toNextQuery, UnknownCursor } from '../http/cursor.ts';
import { type HttpAnswer, toProblem } from '../http/problem.ts';
import type { PeopleStore } from '../people/ports.ts';
import { orRemoved } from '../people/read-snapshot.ts';
import { toSnapshotFolder } from '../people/snapshot.ts';
import { toComparableName } from '../webex/license-name.ts';
import type { RunStore, SnapshotStore } from './ports.ts';
import { readDrift } from './publish/previous-run.ts';
import type { DriftFile, driftLineShownSchema } from './schemas/drift.ts';

interface Deps {
  readonly store: Pick<SnapshotStore, 'read'>;
  readonly people: Pick<PeopleStore, 'read'>;
  readonly runs: Pick<RunStore, 'current'>;
}

/** They name people, and change. */
const NO_STORE = { 'cache-control': 'no-store' };
const CURSOR = /^([\w-]{1,64})\.(\d{1,6})\.(\d{1,9})$/;
/** The rarer what is asked for, the more blocks a page takes, up to a limit. */
const LINES_PER_PAGE = 500;
const BLOCKS_PER_PAGE = 16;

const filterSchema = z.object({
  kind: z.enum(DRIFT_KINDS, { error: `must be one of ${DRIFT_KINDS.join(', ')}` }).optional(),
  license: z.string().trim().min(1).max(256).optional(),
});
type Filter = z.output<typeof filterSchema>;

interface Place {
  readonly block: number;
  /** Of the lines that match in the block. */
  readonly offset: number;
}

/** The drift of the latest run over HTTP: its numbers, and who it is. */
export function createDriftDoors({ store, people, runs }: Deps) {
  /** `GET /api/drift`: `drift.json` of the latest run. */
  async function showDrift(): Promise<HttpAnswer> {
    const drift = await readLatest();
    return drift ? { status: 200, headers: NO_STORE, jsonBody: drift } : toNoDrift(NO_RUN);
  }

  /** `GET /api/drift/people?kind=&license=`: who it is, in pages. @param query with the `next` of the page before */
  async function listDrift(query: URLSearchParams): Promise<HttpAnswer> {
    const filter = filterSchema.safeParse(Object.fromEntries(query));
    if (!filter.success)
      return toProblem('invalid-request', {
        detail: filter.error.issues.map(({ path, message }) => `${path.join('.')} ${message}`).join('; '),
      });
    const drift = await readLatest();
    if (drift === undefined) return toNoDrift(NO_RUN);
    if (drift.state !== 'computed') return toNoDrift(drift.reason?.detail ?? NO_RUN);
    const place = toPlace(query.get('next'), drift);
    if (place === undefined) return toNoDrift(REMOVED);
    const folder = toSnapshotFolder(drift.orgId, drift.runId);
    const blocks = await readDriftIndex(people, folder);
    const page = blocks && (await orRemoved(readPage(folder, blocks, filter.data, place)));
    if (page === undefined) return toNoDrift(REMOVED);
    const { lines, next } = page;
    const { runId, readStartedAt: readAt } = drift;
    const cursor = next && `${runId}.${next.block}.${next.offset}`;
    return {
      status: 200,
      headers: NO_STORE,
      jsonBody: {
        ...{ runId, readAt },
        items: lines.map((line) => toShown(line, drift)),
        ...(cursor !== undefined && { next: toNextQuery(filter.data, cursor) }),
      },
    };
  }

  async function readLatest(): Promise<DriftFile | undefined> {
    const orgId = (await runs.current())?.orgId;
    return orgId === undefined ? undefined : readDrift(store, orgId);
  }

  async function readPage(folder: string, blocks: readonly DriftBlock[], filter: Filter, from: Place) {
    const lines: DriftLine[] = [];
    const end = Math.min(blocks.length, from.block + BLOCKS_PER_PAGE);
    for (let block = from.block; block < end; block += 1) {
      const at = blocks[block];
      const fits = (at ? await readDriftBlock(people, folder, at) : []).filter((line) =>
        isAsked(line, filter),
      );
      const offset = block === from.block ? from.offset : 0;
      const taken = fits.slice(offset, offset + LINES_PER_PAGE - lines.length);
      lines.push(...taken);
      if (offset + taken.length < fits.length)
        return { lines, next: { block, offset: offset + taken.length } };
    }
    return end < blocks.length ? { lines, next: { block: end, offset: 0 } } : { lines };
  }

  return { showDrift, listDrift };
}

const NO_RUN = 'No inventory run has compared the people yet: start one with POST /api/inventory/runs.';
const REMOVED =
  'A newer run has taken the place of the one of this list: begin the list again, without next.';
const toNoDrift = (detail: string) => toProblem('no-drift', { detail });

const isAsked = ({ kind, licenseId, license }: DriftLine, filter: Filter): boolean =>
  (filter.kind === undefined || filter.kind === kind) &&
  (filter.license === undefined ||
    filter.license === licenseId ||
    toComparableName(filter.license) === toComparableName(license));

/** Where nothing is repaired, nothing is asked for. The key of the person is the app's own. */
function toShown(
  { personKey: _own, repair, ...line }: DriftLine,
  drift: DriftFile,
): z.output<typeof driftLineShownSchema> {
  const isHeldBack = repair === 'asked' && drift.repair?.heldBack !== undefined;
  return { ...line, ...(repair && !isHeldBack && { repair }) };
}

/** @returns undefined where the list is of another run @throws {UnknownCursor} */
function toPlace(next: string | null, { runId }: DriftFile): Place | undefined {
  if (!next) return { block: 0, offset: 0 };
  const [, ofRun, block, offset] = CURSOR.exec(next) ?? [];
  if (ofRun === undefined) throw new UnknownCursor();
  return ofRun === runId ? { block: Number(block), offset: Number(offset) } : undefined;
}
