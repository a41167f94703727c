import { type IncomingRequest, readBody } from '../http/body.ts';
import { type HttpAnswer, TRY_AGAIN_AFTER_SECONDS, toProblem } from '../http/problem.ts';
import type { Log } from '../platform/log.ts';
import { RunLost, type RunStore } from './ports.ts';
import { toRunStatus } from './run/run.ts';
import type { StartRun } from './run/start-run.ts';
import { runRequestSchema } from './schemas/files.ts';

interface Deps {
  readonly runs: Pick<RunStore, 'read'>;
  readonly startRun: StartRun;
}

const CHECK_AFTER_SECONDS = 2;
const RUN_ID = /^[\w-]{1,64}$/;

/** Inventory runs over HTTP. A run takes longer than anybody waits for an answer: it is begun, and looked at. */
export function createInventoryHttp({ runs, startRun }: Deps) {
  return {
    /** 202 with `Location`; 409 with the same where a run is open already. */
    async start(request: IncomingRequest, log: Log): Promise<HttpAnswer> {
      const asked = await readBody(request, runRequestSchema, { ifEmpty: {} });
      if (!asked.ok) return asked.answer;
      try {
        const { kind, run } = await startRun({ trigger: 'request', force: asked.value.force }, log);
        const location = `${new URL(request.url).pathname.replace(/\/$/, '')}/${run.runId}`;
        if (kind === 'open') {
          const problem = toProblem('inventory-run-open', {
            detail: `It is run ${run.runId}, ${run.state}.`,
          });
          return { ...problem, headers: { ...problem.headers, location } };
        }
        const headers = { location, 'retry-after': `${CHECK_AFTER_SECONDS}` };
        return { status: 202, headers, jsonBody: { ...toRunStatus(run), isResumed: kind === 'resumed' } };
      } catch (error) {
        if (!(error instanceof RunLost)) throw error;
        log.warn('inventory-run-not-begun', { why: error.message });
        return toProblem('storage-unavailable', { retryAfterSeconds: TRY_AGAIN_AFTER_SECONDS });
      }
    },

    async read(runId: string): Promise<HttpAnswer> {
      const run = RUN_ID.test(runId) ? await runs.read(runId) : undefined;
      if (run === undefined) return toProblem('unknown-run');
      return { status: 200, headers: { 'cache-control': 'no-cache' }, jsonBody: toRunStatus(run) };
    },
  };
}
