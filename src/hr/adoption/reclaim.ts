import * as z from 'zod';
import { type IncomingRequest, readBody } from '../../http/body.ts';
import { toCaller } from '../../http/caller.ts';
import { type HttpAnswer, TRY_AGAIN_AFTER_SECONDS, toProblem } from '../../http/problem.ts';
import { refuseControls } from '../../platform/check-text.ts';
import type { Log } from '../../platform/log.ts';
import { PolicyError } from '../../policy/policy.ts';
import { orFailure, WebexFailure } from '../../webex/errors/failure.ts';
import { createNameLicense } from '../../webex/license-names.ts';
import { findByName } from '../answers/answer-person.ts';
import { NO_STORE, type ReadPersonDeps, toUnknownPerson } from '../answers/read-person.ts';
import { findAgain } from '../identify.ts';
import { type Look, lookAt } from '../look.ts';
import type { Person } from '../person.ts';
import { loadPolicies, type ReconcileDeps, reconcileEmployee } from '../reconcile-employee.ts';
import type { LookContext } from '../situation.ts';
import { withAdopted } from './adopt.ts';
import { toManaged } from './adopt-page.ts';
import { reasonSchema } from './adoption-doors.ts';
import { toNamed } from './show-adoption.ts';

export type ReclaimDeps = ReconcileDeps & Pick<ReadPersonDeps, 'readInSnapshot'>;

export const reclaimBodySchema = z
  .strictObject({ dryRun: z.boolean().default(false), reason: reasonSchema })
  .superRefine(refuseControls());

/**
 * `POST /api/people/{name}/reclaim`: what leaver rules take of what one person who left holds now and the policy manages.
 * Without `dryRun` it is adopted, and the person is made as desired. Done twice, it does the same.
 * @param name an address or an id, in any spelling
 */
export async function reclaim(
  deps: ReclaimDeps,
  name: string,
  http: IncomingRequest,
  log: Log,
): Promise<HttpAnswer> {
  const body = await readBody(http, reclaimBodySchema, { ifEmpty: {} });
  if (!body.ok) return body.answer;
  const { dryRun, reason = 'not told' } = body.value;
  const inSnapshot = await deps.readInSnapshot(name);
  const person = await findByName(deps.people, name, 'missing' in inSnapshot ? undefined : inSnapshot);
  if (person === undefined || person.employees.length === 0) return toUnknownPerson();
  const decided = await orUndecided(decideReclaim(deps, person, log));
  if ('status' in decided) return decided;
  const { change, look, shown, removes, policyVersion } = decided;
  if (look.endMs === undefined) return toRefusal(look);
  const answer = { ...toNamed(change(person)), state: look.state, dryRun, licenses: shown };
  if (dryRun || removes.length === 0) return { status: 200, headers: NO_STORE, jsonBody: answer };
  await deps.audit.append([
    {
      ...{ act: 'reclaim', by: toCaller(http), reason, policyVersion, instance: deps.instance },
      ...{ person: answer.person, licenses: removes },
    },
  ]);
  const done = await orUndecided(reconcile(deps, person.personKey, change, log));
  if ('status' in done) return done;
  return { status: 202, headers: NO_STORE, jsonBody: { ...answer, ...done } };
}

interface Decided {
  /** The person with what is adopted. */
  readonly change: (person: Person) => Person;
  readonly look: Look;
  readonly shown: readonly { id: string; name: string; action: 'remove' | 'keep'; why: string }[];
  readonly removes: readonly { id: string; name: string }[];
  readonly policyVersion: string;
}

async function decideReclaim(deps: ReclaimDeps, person: Person, log: Log): Promise<Decided | HttpAnswer> {
  const { policy, version: policyVersion, ofVersion } = await deps.policies.current(log);
  const catalogue = await deps.catalogue();
  const known = await loadPolicies(person, ofVersion);
  const context: LookContext = {
    ...{ nowMs: deps.clock().getTime(), policy, policyVersion, catalogue, zoneOf: deps.zoneOf },
    policyOf: (version) => known.get(version),
  };
  // Of a person who works, Webex need not be asked.
  const { endMs } = lookAt(person, context);
  const found = endMs === undefined ? undefined : await findAgain(deps, person);
  if (endMs !== undefined && found === undefined)
    return toProblem('unknown-person', { detail: 'Webex has nobody of this id or address.' });
  const { personId = '', licenseIds = [] } = found ?? {};
  const managed = toManaged(policy, catalogue);
  const ids = licenseIds.filter((id) => managed.has(id));
  const change = (one: Person): Person => (found ? withAdopted(one, { personId, emails: [] }, ids) : one);
  const held = endMs === undefined ? {} : { held: { ids: [...licenseIds], endMs } };
  const look = lookAt({ ...change(person), ...held }, context);
  const nameLicense = createNameLicense(catalogue);
  const shown = look.reconciled.decisions.flatMap(({ id, action, why }) =>
    action === 'remove' || action === 'keep' ? [{ ...nameLicense(id), action, why }] : [],
  );
  const removes = shown.filter(({ action }) => action === 'remove').map(({ id }) => nameLicense(id));
  return { change, look, shown, removes, policyVersion };
}

async function reconcile(
  deps: ReclaimDeps,
  personKey: string,
  change: Decided['change'],
  log: Log,
): Promise<{ readonly requestId?: string }> {
  const done = await reconcileEmployee(deps, personKey, { change }, log);
  const requestId = done?.person.open?.requestId;
  return requestId === undefined ? {} : { requestId };
}

/** Where the policy, the catalogue or the person cannot be read now. */
async function orUndecided<T extends object>(deciding: Promise<T>): Promise<T | HttpAnswer> {
  const failed = (detail: string) =>
    toProblem('not-decided', { detail, retryAfterSeconds: TRY_AGAIN_AFTER_SECONDS });
  try {
    const done = await orFailure(deciding);
    return done instanceof WebexFailure ? failed(done.message) : done;
  } catch (error) {
    if (!(error instanceof PolicyError)) throw error;
    return failed(`no policy is in force: ${error.message}`);
  }
}

const REASONS: Readonly<Record<string, string>> = {
  employed: 'The person works: what rules no longer give is taken by itself, and all else stays.',
  'to-come': 'The first day of the person is to come.',
  unknown: 'HR has not said that the person left.',
  never: 'HR took the employment back: what rules had given is taken by itself.',
  'needs-identity': 'An address of the person leads to another one at Webex: HR must mend that first.',
};

const toRefusal = ({ state }: Look): HttpAnswer =>
  toProblem('not-a-leaver', { detail: REASONS[state] ?? `The person is ${state}.` });
