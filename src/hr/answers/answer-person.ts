import type { Clock } from '../../platform/clock.ts';
import type { Log } from '../../platform/log.ts';
import { PolicyError } from '../../policy/policy.ts';
import type { PolicySource } from '../../policy/policy-source.ts';
import { toPersonKey } from '../../requests/record/person.ts';
import { WebexFailure } from '../../webex/errors/failure.ts';
import type { License } from '../../webex/license.ts';
import { type HeldInSnapshot, heldIds, toInstant } from '../held-in-snapshot.ts';
import { asAstray, isSuccessor } from '../identify.ts';
import { type Look, lookAt } from '../look.ts';
import { findPerson, type HrPeople, type Person, type StoredPerson } from '../person.ts';
import { personState } from '../person-on.ts';
import { loadPolicies } from '../reconcile-employee.ts';
import { historiesOf } from '../situation.ts';
import { type Explanation, explainEmployees, explainPerson } from './explain.ts';
import { toNextSteps } from './next-steps.ts';
import { type ExplainedRequest, type RequestsDeps, readOpenRequests } from './open-requests.ts';

export interface AnswerDeps extends RequestsDeps {
  readonly people: Pick<HrPeople, 'read'>;
  readonly policies: PolicySource;
  /** @throws {WebexFailure} */
  readonly catalogue: () => Promise<readonly License[]>;
  readonly zoneOf: (source: string) => string;
  readonly clock: Clock;
}

/** What is told of a person, beside what the people snapshot has. */
export interface PersonAnswer extends Omit<Explanation, 'decisions'> {
  readonly decisions: readonly (Explanation['decisions'][number] & {
    /** By the snapshot; absent where it does not have the person. */
    readonly isHeld?: boolean;
  })[];
  readonly policyVersion?: string;
  readonly requests: readonly ExplainedRequest[];
  /** What can be done, as commands where there is one. */
  readonly next: readonly string[];
}

/** A look at a stored person. */
export interface LookedAt {
  readonly look: Look;
  readonly catalogue: readonly License[];
  readonly policyVersion: string;
  readonly nowMs: number;
}

/** @returns why nothing can be decided, where the policy or the catalogue cannot be read */
export async function lookAtStored(
  { policies, catalogue: readCatalogue, zoneOf, clock }: AnswerDeps,
  person: Person,
  log: Log,
): Promise<LookedAt | string> {
  try {
    const [{ policy, version: policyVersion, ofVersion }, catalogue] = await Promise.all([
      policies.current(log),
      readCatalogue(),
    ]);
    const known = await loadPolicies(person, ofVersion);
    const nowMs = clock().getTime();
    const look = lookAt(person, {
      ...{ nowMs, policy, policyVersion, catalogue, zoneOf },
      policyOf: (version) => known.get(version),
    });
    return { look, catalogue, policyVersion, nowMs };
  } catch (error) {
    if (error instanceof PolicyError) return `no policy is in force: ${error.message}`;
    if (error instanceof WebexFailure) return `the catalogue of licenses cannot be read: ${error.message}`;
    throw error;
  }
}

/** Finds a person of HR by an address or a person id; also by the id that the snapshot has for an address. */
export async function findByName(
  people: Pick<HrPeople, 'read'>,
  name: string,
  snapshot: HeldInSnapshot | undefined,
): Promise<StoredPerson | undefined> {
  const text = name.trim();
  const named = text.includes('@') ? { email: text.toLowerCase() } : { personId: text };
  const found = await findPerson(people, toPersonKey({ person: named }));
  if (found || snapshot === undefined) return found;
  return findPerson(people, toPersonKey({ person: { personId: snapshot.personId } }));
}

/** @param name as the caller wrote it: the commands of the next steps name it */
export async function answerPerson(
  deps: AnswerDeps,
  name: string,
  stored: Person,
  found: HeldInSnapshot | undefined,
  log: Log,
): Promise<PersonAnswer> {
  const asStored = await lookAtStored(deps, stored, log);
  const endMs = typeof asStored === 'string' ? undefined : asStored.look.endMs;
  const isAnother = isSuccessor(stored, endMs, toInstant(found?.createdAt));
  const person = isAnother ? asAstray(stored) : stored;
  const snapshot = isAnother ? undefined : found;
  const looked = isAnother ? await lookAtStored(deps, person, log) : asStored;
  const isDecided = typeof looked !== 'string';
  const catalogue = isDecided ? looked.catalogue : [];
  const requests = await readOpenRequests(deps, toKeys(person), catalogue);
  const { decisions, ...explanation } = isDecided
    ? explainPerson(person, looked.look, looked, heldIds(snapshot))
    : explainUndecided(deps, person, looked);
  return {
    ...explanation,
    decisions: decisions.map((decision) => ({
      ...decision,
      ...(snapshot?.licenses && { isHeld: heldIds(snapshot).includes(decision.id) }),
    })),
    ...(isDecided && { policyVersion: looked.policyVersion }),
    requests,
    next: toNextSteps(name, { ...explanation, decisions }, requests),
  };
}

/** What HR said is told also where nothing can be decided. */
function explainUndecided({ zoneOf, clock }: AnswerDeps, person: Person, why: string): Explanation {
  const nowMs = clock().getTime();
  const histories = historiesOf(person, zoneOf);
  return {
    state: person.astray === undefined ? personState(histories, nowMs) : 'needs-identity',
    employees: explainEmployees(person, histories, nowMs),
    decisions: [],
    overrides: [],
    problems: [why],
  };
}

/** The keys of the names that requests of a person may have. */
const toKeys = ({ emails, personId }: Person): readonly string[] =>
  [...emails.map((email) => ({ email })), ...(personId === undefined ? [] : [{ personId }])].map((named) =>
    toPersonKey({ person: named }),
  );
