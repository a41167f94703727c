import * as z from 'zod';
import type { AuditTrail } from '../audit/trail.ts';
import { type IncomingRequest, readBody } from '../http/body.ts';
import { toCaller } from '../http/caller.ts';
import { type HttpAnswer, toProblem } from '../http/problem.ts';
import { refuseControls } from '../platform/check-text.ts';
import type { Clock } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import { retryOnConflict, VERSION_CONFLICT } from '../platform/version-conflict.ts';
import { sourceSchema } from '../requests/license-request.ts';
import { NOT_PAUSED, type PauseState, type PauseStore } from './pause.ts';

const WHY = 'must say why, in up to 200 characters';

/** The body of `PUT /pause`. */
export const pauseInputSchema = z
  .strictObject({
    paused: z.boolean({ error: 'must be true or false' }),
    removals: z.boolean().exactOptional(),
    source: sourceSchema.exactOptional(),
    reason: z.string({ error: WHY }).trim().min(1, WHY).max(200, WHY),
  })
  .superRefine(refuseControls())
  .refine(({ paused, removals, source }) => paused || (!removals && source === undefined), {
    error: 'a pause ends as a whole: send paused and reason alone',
  });

interface Deps {
  readonly store: PauseStore;
  readonly audit: AuditTrail;
  readonly clock: Clock;
  readonly instance: string;
}

/** Shows the pause, begins one, changes it, or ends it. */
export function createPauses({ store, audit, clock, instance }: Deps) {
  return {
    async showPause(): Promise<HttpAnswer> {
      return toAnswer((await store.read()) ?? NOT_PAUSED);
    },

    async setPause(http: IncomingRequest, log: Log): Promise<HttpAnswer> {
      const body = await readBody(http, pauseInputSchema);
      if (!body.ok) return body.answer;
      const { paused, reason, removals, source } = body.value;
      const by = toCaller(http);
      const scope = { ...(removals && { removals }), ...(source !== undefined && { source }) };
      await audit.append([{ act: paused ? 'pause' : 'resume', by, reason, ...scope, instance }]);
      const next: PauseState = { paused, ...scope, reason, by, at: clock() };
      const written = await retryOnConflict(async () => {
        const known = await store.read();
        return store.write({ ...next, ...(known && { version: known.version }) });
      });
      if (written === VERSION_CONFLICT) return toProblem('decided-meanwhile');
      log.warn(paused ? 'paused-by-operator' : 'resumed-by-operator', { ...scope, key: by.key });
      return toAnswer(written);
    },
  };
}

const toAnswer = ({
  version: _version,
  ...pause
}: PauseState & { readonly version?: string }): HttpAnswer => ({
  status: 200,
  headers: { 'cache-control': 'no-store' },
  jsonBody: pause,
});
