import * as z from 'zod';
import type { AuditTrail } from '../audit/trail.ts';
import { toCause } from '../guardrails/cause.ts';
import { type IncomingRequest, readBody } from '../http/body.ts';
import { toCaller } from '../http/caller.ts';
import { type HttpAnswer, toProblem } from '../http/problem.ts';
import { refuseControls } from '../platform/check-text.ts';
import type { Clock } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import { retryOnConflict, VERSION_CONFLICT } from '../platform/version-conflict.ts';
import type { PolicyInForce, PolicyStatus } from '../policy/policy-source.ts';
import type { RequestStore } from '../requests/store.ts';
import { beginAnew, type Reevaluation, type ReevaluationStore } from './reevaluation.ts';

interface Deps {
  readonly policies: { status(log: Log): Promise<PolicyStatus> };
  readonly store: ReevaluationStore;
  readonly requestStore: Pick<RequestStore, 'countHeld'>;
  readonly audit: Pick<AuditTrail, 'append'>;
  readonly clock: Clock;
  readonly instance: string;
}

const WHY = 'must say why, in up to 200 characters';

/** The body of `PUT /policy/reevaluation`. */
export const reevaluationInputSchema = z
  .strictObject({
    state: z.enum(['stopped', 'running'], { error: 'must be "stopped" or "running"' }),
    reason: z.string({ error: WHY }).trim().min(1, WHY).max(200, WHY),
  })
  .superRefine(refuseControls());

const MAX_COUNTED = 1_000;
const MAX_PROBLEMS = 20;

/** The policy in force and the re-evaluation of everybody by it, over HTTP. */
export function createPolicyDoors({ policies, store, requestStore, audit, clock, instance }: Deps) {
  /** The policy in force, the saved one that is refused, and how far the re-evaluation is. */
  async function showPolicy(log: Log): Promise<HttpAnswer> {
    const status = await policies.status(log);
    return toAnswer(status, (await store.read())?.state);
  }

  /** Stops the re-evaluation by the policy in force, or begins it again with the first person. */
  async function setReevaluation(http: IncomingRequest, log: Log): Promise<HttpAnswer> {
    const body = await readBody(http, reevaluationInputSchema);
    if (!body.ok) return body.answer;
    const { state, reason } = body.value;
    const status = await policies.status(log);
    if (status.inForce === undefined)
      return toProblem('no-policy', status.refused === undefined ? {} : { detail: status.refused });
    const policyVersion = status.inForce.version;
    const by = toCaller(http);
    const act = state === 'stopped' ? 'stop-policy' : 'continue-policy';
    await audit.append([{ act, by, reason, policyVersion, instance }]);
    let next: Reevaluation | undefined;
    const written = await retryOnConflict(async () => {
      const found = await store.read();
      const { stopped: _before, ...known } =
        found?.state.policyVersion === policyVersion
          ? found.state
          : beginAnew({ policyVersion, basis: '' }, found?.state, clock());
      const stopped = { policyVersion, by, reason, at: clock() };
      const isContinued = state === 'running' && found?.state.stopped !== undefined;
      next = isContinued ? beginAnew(known, known, clock()) : known;
      if (state === 'stopped') next = { ...known, stopped };
      return store.write(next, found?.version);
    });
    if (written === VERSION_CONFLICT) return toProblem('decided-meanwhile');
    log.warn('policy-reevaluation', { state, policyVersion, key: by.key });
    return toAnswer(status, next);
  }

  async function toAnswer({ inForce, refused }: PolicyStatus, known?: Reevaluation): Promise<HttpAnswer> {
    const cause = inForce && toCause({ origin: { channel: 'hr', policyVersion: inForce.version } });
    const requests = cause === undefined ? 0 : await requestStore.countHeld(cause, MAX_COUNTED);
    const since = known?.policyVersion === inForce?.version ? known?.inForceSince : undefined;
    return {
      status: 200,
      headers: { 'cache-control': 'no-store' },
      jsonBody: {
        ...(inForce && { inForce: { ...toShown(inForce), ...(since && { since }) } }),
        ...(refused !== undefined && { refused: toProblems(refused) }),
        ...(inForce && { reevaluation: toProgress(inForce.version, known) }),
        ...(requests > 0 && { needsApproval: { cause, requests } }),
      },
    };
  }

  return { showPolicy, setReevaluation };
}

const toShown = ({ version, policy: { rules, leavers } }: PolicyInForce) => ({
  ...{ version, rules: rules.length, leaverRules: leavers.length },
});

function toProblems(refused: string) {
  const lines = refused.split('\n');
  const isMore = lines.length > MAX_PROBLEMS;
  return { problems: lines.slice(0, MAX_PROBLEMS), ...(isMore && { isMore }) };
}

/** Until the sweep has seen the policy, its re-evaluation is to come. */
function toProgress(policyVersion: string, known: Reevaluation | undefined) {
  if (known?.policyVersion !== policyVersion) return { state: 'to-come', policyVersion };
  const { startedAt, sent, expected, doneAt, stopped, basis } = known;
  const state = stopped ? 'stopped' : basis === '' ? 'to-come' : doneAt ? 'done' : 'running';
  return { state, policyVersion, startedAt, sent, expected, doneAt, stopped };
}
