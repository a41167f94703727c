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
import { findAgain, isSuccessor } from '../identify.ts';
import { joined } from '../join-people.ts';
import { type Look, lookAt } from '../look.ts';
import type { Person } from '../person.ts';
import { loadPolicies, type ReconcileDeps, reconcileEmployee } from '../reconcile-employee.ts';
import type { LookContext } from '../situation.ts';
import { type Holder, withAdopted } from './adopt.ts';
import { toManaged } from './adopt-page.ts';
import { reasonSchema } from './adoption-doors.ts';
import { toNamed } from './show-adoption.ts';
import { findRows, storeAdopted } from './store-adopted.ts';

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
  const { holder, look, shown, removes, policyVersion } = decided;
  if (holder === undefined || look.endMs === undefined) return toRefusal(look.state);
  const answer = { ...toNamed(decided.person), state: look.state, dryRun, licenses: shown };
  if (dryRun || removes.length === 0) return { status: 200, headers: NO_STORE, jsonBody: answer };
  await deps.audit.append([
    {
      ...{ act: 'reclaim', by: toCaller(http), reason, policyVersion, instance: deps.instance },
      ...{ person: answer.person, licenses: removes },
    },
  ]);
  const done = await orUndecided(adoptAndReconcile(deps, holder, log));
  if ('status' in done) return done;
  return { status: 202, headers: NO_STORE, jsonBody: { ...answer, ...done } };
}

interface Decided {
  /** The person with what is adopted, and with all employees who are this person. */
  readonly person: Person;
  /** As Webex has them; it is not asked about a person who works. */
  readonly holder: Holder | undefined;
  readonly look: Look;
  readonly shown: readonly { id: string; name: string; action: 'remove' | 'keep'; why: string }[];
  readonly removes: readonly { id: string; name: string }[];
  readonly policyVersion: string;
}

async function decideReclaim(deps: ReclaimDeps, stored: Person, log: Log): Promise<Decided | HttpAnswer> {
  const { policy, version: policyVersion, ofVersion } = await deps.policies.current(log);
  const catalogue = await deps.catalogue();
  const toLook = async (person: Person): Promise<Look> => {
    const known = await loadPolicies(person, ofVersion);
    const context: LookContext = {
      ...{ nowMs: deps.clock().getTime(), policy, policyVersion, catalogue, zoneOf: deps.zoneOf },
      policyOf: (version) => known.get(version),
    };
    return lookAt(person, context);
  };
  const look = await toLook(stored);
  // Of a person who works, Webex need not be asked.
  if (look.endMs === undefined)
    return { person: stored, holder: undefined, look, shown: [], removes: [], policyVersion };
  const found = await findAgain(deps, stored);
  if (found === undefined)
    return toProblem('unknown-person', { detail: 'Webex has nobody of this id or address.' });
  const { personId, emails, createdAt, licenseIds: heldIds } = found;
  if (heldIds === undefined) return toUndecided('Webex did not say what the person holds.');
  const managed = toManaged(policy, catalogue);
  const holder: Holder = {
    ...{ personId, emails: [...emails, ...stored.emails], createdAt, heldIds },
    managedIds: heldIds.filter((id) => managed.has(id)),
  };
  // Another employee of this Webex person may work.
  const rows = await findRows(deps, holder);
  if (rows === 'needs-identity') return toRefusal(rows);
  const [first = stored, ...others] = rows;
  const before = others.reduce(joined, first);
  if (isSuccessor(before, (await toLook(before)).endMs, createdAt)) return toRefusal('needs-identity');
  const person = withAdopted(before, holder, holder.managedIds);
  const bare = await toLook(person);
  const held = bare.endMs === undefined ? {} : { held: { ids: [...heldIds], endMs: bare.endMs } };
  const decided = await toLook({ ...person, ...held });
  const nameLicense = createNameLicense(catalogue);
  const shown = decided.reconciled.decisions.flatMap(({ id, action, why }) =>
    action === 'remove' || action === 'keep' ? [{ ...nameLicense(id), action, why }] : [],
  );
  const removes = shown.filter(({ action }) => action === 'remove').map(({ id }) => nameLicense(id));
  return { person, holder, look: decided, shown, removes, policyVersion };
}

async function adoptAndReconcile(
  deps: ReclaimDeps,
  holder: Holder,
  log: Log,
): Promise<{ readonly requestId?: string } | HttpAnswer> {
  const stored = await storeAdopted(deps, holder, holder.managedIds, log);
  if (stored === 'needs-identity') return toRefusal(stored);
  if (stored === 'busy') return toUndecided('The person was written by others each time.');
  const done = await reconcileEmployee(deps, stored.personKey, {}, log);
  const requestId = done?.person.open?.requestId;
  return requestId === undefined ? {} : { requestId };
}

const toUndecided = (detail: string): HttpAnswer =>
  toProblem('not-decided', { detail, retryAfterSeconds: TRY_AGAIN_AFTER_SECONDS });

/** Where the policy, the catalogue or the person cannot be read now. */
async function orUndecided<T extends object>(deciding: Promise<T>): Promise<T | HttpAnswer> {
  try {
    const done = await orFailure(deciding);
    return done instanceof WebexFailure ? toUndecided(done.message) : done;
  } catch (error) {
    if (!(error instanceof PolicyError)) throw error;
    return toUndecided(`no policy is in force: ${error.message}`);
  }
}

const REASONS: Readonly<Record<string, string>> = {
  employed: 'The person works: what rules no longer give is taken by itself, and all else stays.',
  'to-come': 'The first day of the person is to come.',
  unknown: 'HR has not said that the person left.',
  never: 'HR took the employment back: what rules had given is taken by itself.',
  'needs-identity': 'An address of the person leads to another one at Webex: HR must mend that first.',
};

const toRefusal = (state: string): HttpAnswer =>
  toProblem('not-a-leaver', { detail: REASONS[state] ?? `The person is ${state}.` });
