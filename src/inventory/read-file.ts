import { type HttpAnswer, toProblem } from '../http/problem.ts';
import type { RunStore, SnapshotStore } from './ports.ts';
import { toLatestFolder } from './publish/paths.ts';

interface Deps {
  readonly store: Pick<SnapshotStore, 'read'>;
  readonly runs: Pick<RunStore, 'current'>;
}

/** The files of the latest run, each with its content type. */
const TYPES = {
  'manifest.json': 'application/json',
  'licenses.json': 'application/json',
  'licenses.csv': 'text/csv; charset=utf-8; header=present',
  'diff.json': 'application/json',
  'forecast.json': 'application/json',
  'drift.json': 'application/json',
  'report.html': 'text/html; charset=utf-8',
} as const;

const isFile = (name: string): name is keyof typeof TYPES => Object.hasOwn(TYPES, name);

/** Answers a file of the latest run, for the command: others read it from the container. */
export function createReadFile({ store, runs }: Deps) {
  return async function readInventoryFile(name: string): Promise<HttpAnswer> {
    if (!isFile(name))
      return toProblem('unknown-file', { detail: `They are ${Object.keys(TYPES).join(', ')}.` });
    const orgId = (await runs.current())?.orgId;
    const text = orgId === undefined ? undefined : await store.read(`${toLatestFolder(orgId)}/${name}`);
    if (text === undefined)
      return toProblem('unknown-file', {
        detail: 'No inventory run is complete yet: start one with POST /api/inventory/runs.',
      });
    return {
      status: 200,
      headers: {
        'content-type': TYPES[name],
        'cache-control': 'no-cache',
        'x-content-type-options': 'nosniff',
      },
      textBody: text,
    };
  };
}
