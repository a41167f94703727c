import * as z from 'zod';
import { type IncomingRequest, type Read, readBody } from '../http/body.ts';
import { toCaller } from '../http/caller.ts';
import { type HttpAnswer, toProblem } from '../http/problem.ts';
import { refuseControls } from '../platform/check-text.ts';
import type { Log } from '../platform/log.ts';
import { retryOnConflict, VERSION_CONFLICT } from '../platform/version-conflict.ts';
import { APPROVAL_LASTS_MS, needsApproval } from '../requests/record/decided-record.ts';
import { toView } from '../requests/record/view.ts';
import { type CarryOutDeps, carryOut, FIRST_RELEASED } from './carry-out.ts';
import { isCause, toCause } from './cause.ts';
import { DECISIONS, type Decision } from './causes.ts';
import { decideRequest } from './decide-request.ts';

const WHY = 'must say why, in up to 200 characters';

/** The body of an approval or a rejection. */
export const decisionSchema = z
  .strictObject({
    decision: z.enum(DECISIONS, { error: `must be one of ${DECISIONS.join(', ')}` }),
    reason: z.string({ error: WHY }).trim().min(1, WHY).max(200, WHY),
  })
  .superRefine(refuseControls());

/** Counted up to this. */
export const MAX_COUNTED = 1_000;
const NOTHING_WAITS = 'Nothing waits for approval under it, or not any more.';

/** Approves or rejects what waits under a cause, or one request. */
export function createApprovals(deps: CarryOutDeps) {
  const { causes, requestStore, audit, clock, instance } = deps;
  return { decideCause, decideOne };

  async function decideCause(cause: string, http: IncomingRequest, log: Log): Promise<HttpAnswer> {
    const parsed = await readDecision(http);
    if (!parsed.ok) return parsed.answer;
    const stored = isCause(cause) ? await causes.read(cause) : undefined;
    const requests = stored ? await requestStore.countHeld(cause, MAX_COUNTED) : 0;
    if (requests === 0) return toProblem('unknown-cause', { detail: NOTHING_WAITS });
    const decision = parsed.value;
    await audit.append([{ ...toAct(decision), cause, requests, instance }]);
    const written = await retryOnConflict(async () => {
      const known = await causes.read(cause);
      return causes.write({
        ...(known ?? { cause, firstHeldAt: decision.at, heldAt: decision.at }),
        decision,
      });
    });
    if (written === VERSION_CONFLICT) return toProblem('decided-meanwhile');
    log.info('removals-decided', { cause, decision: decision.decision, requests, key: decision.by.key });
    await carryOut(deps, written, log, FIRST_RELEASED);
    return { status: 202, jsonBody: { cause, ...toAnswer(decision), requests } };
  }

  async function decideOne(requestId: string, http: IncomingRequest, log: Log): Promise<HttpAnswer> {
    const parsed = await readDecision(http);
    if (!parsed.ok) return parsed.answer;
    const record = await requestStore.find(requestId);
    if (record === undefined) return toProblem('not-found');
    if (!needsApproval(record))
      return toProblem('not-awaiting-approval', { detail: `It is ${record.state}.` });
    const decision = parsed.value;
    await audit.append([{ ...toAct(decision), requestId: record.requestId, instance }]);
    const to = { decided: decision, cause: toCause(record), delayMs: 0 };
    const written = await decideRequest(deps, record, to, log);
    if (written === undefined)
      return toProblem('not-awaiting-approval', { detail: 'It moves at this moment: try again.' });
    return { status: 202, jsonBody: { ...toAnswer(decision), ...toView(written) } };
  }

  async function readDecision(http: IncomingRequest): Promise<Read<Decision>> {
    const body = await readBody(http, decisionSchema);
    return body.ok ? { ok: true, value: { ...body.value, at: clock(), by: toCaller(http) } } : body;
  }
}

const toAct = ({ decision, by, reason }: Decision) => ({ act: decision, by, reason });

const toAnswer = ({ decision, at }: Decision) => ({
  decision,
  ...(decision === 'approve' && { validUntil: new Date(at.getTime() + APPROVAL_LASTS_MS) }),
});
