import { applyRule, isGiven } from '../policy/desired.ts';
import { toNamedLicenses } from '../policy/named-licenses.ts';
import type { Policy } from '../policy/policy.ts';
import { findCandidates } from '../webex/catalogue.ts';
import type { License, LicenseReference } from '../webex/license.ts';
import type { Fact } from './fact.ts';
import { keepFact } from './keep-fact.ts';
import { type Look, lookAt } from './look.ts';
import { newPerson, type Person } from './person.ts';

/** A person on whom a policy is tried. */
export interface Tried {
  /** In the order of what HR said. */
  readonly facts: readonly Fact[];
  /** What the policy gave before, and what Webex says that a leaver holds. */
  readonly granted: readonly LicenseReference[];
  readonly held: readonly LicenseReference[];
  /** Where a day begins of which HR names no zone. */
  readonly timeZone: string;
  readonly atMs: number;
}

/** One license of the result: how it is named, and why it is there. */
export interface TriedLicense {
  readonly id: string;
  readonly name: string;
  readonly why: string;
}

export interface TriedResult {
  readonly gives: readonly TriedLicense[];
  readonly takes: readonly TriedLicense[];
  readonly kept: readonly TriedLicense[];
  readonly rules: readonly { readonly name: string; readonly result: string }[];
  readonly exclusion: string | undefined;
  /** Rules of which an attribute is not told, or not so that it can be read. */
  readonly undecided: readonly string[];
  readonly state: string;
  /** What a name can mean. */
  readonly catalogue: readonly License[];
}

/** Facts and days far apart are not followed any further. */
const MAX_LOOKS = 2_000;
const EMPLOYEE = { source: 'test', employeeId: 'test' };

/**
 * What a policy gives, takes and keeps at an instant: pure. Each thing that it asked before is taken for done in its moment.
 * What it takes is all that it took until then and has not given again.
 */
export function tryPerson(policy: Policy, { facts, granted, held, timeZone, atMs }: Tried): TriedResult {
  const catalogue = toNamedLicenses(policy, [...granted, ...held]);
  const idsOf = (references: readonly LicenseReference[]) => toIds(references, catalogue);
  let heldIds: readonly string[] = idsOf(held);
  const context = {
    ...{ policy, policyVersion: 'test', policyOf: () => policy },
    ...{ catalogue, zoneOf: () => timeZone },
  };
  const look = (person: Person, nowMs: number): readonly [Person, Look] => {
    const { endMs } = lookAt(person, { ...context, nowMs });
    const known = endMs === undefined ? person : { ...person, held: { ids: [...heldIds], endMs } };
    return [known, lookAt(known, { ...context, nowMs })];
  };
  const takes = new Map<string, string>();
  let person: Person = {
    ...newPerson('test', new Date(0)),
    grants: idsOf(granted).map((id) => ({ id, by: 'rule' as const })),
  };
  let looks = 0;
  const act = (nowMs: number): Look => {
    const [known, seen] = look(person, nowMs);
    const { adds, removes, grants, decisions } = seen.reconciled;
    for (const id of removes) takes.set(id, decisions.find((one) => one.id === id)?.why ?? '');
    for (const { id } of adds) takes.delete(id);
    heldIds = heldIds.filter((id) => !removes.includes(id));
    const kept = grants.filter(({ id }) => !removes.includes(id));
    person = { ...known, grants: [...kept, ...adds.map(({ id }) => ({ id, by: 'rule' as const }))] };
    looks += 1;
    return seen;
  };
  const passUntil = (untilMs: number, fromMs: number | undefined) => {
    let nextMs = fromMs;
    while (nextMs !== undefined && nextMs < untilMs && looks < MAX_LOOKS) nextMs = act(nextMs).nextMs;
  };
  let nextMs: number | undefined;
  for (const fact of facts) {
    passUntil(fact.said.getTime(), nextMs);
    person = keepFact(person, EMPLOYEE, fact, {}, timeZone);
    nextMs = act(fact.said.getTime()).nextMs;
  }
  passUntil(atMs, nextMs);
  act(atMs);
  const [, last] = look(person, atMs);
  const rules = policy.rules.map((rule) => {
    const { fitting, undecided } = applyRule(rule, last.desired.active);
    const otherwise = undecided ? `undecided: ${undecided.join('; ')}` : 'does not fit';
    return { name: rule.name, result: fitting ? 'fits' : otherwise, isUndecided: undecided !== undefined };
  });
  return {
    ...toLicenses(person, last, takes, catalogue),
    rules: rules.map(({ name, result }) => ({ name, result })),
    undecided: rules.flatMap(({ name, isUndecided }) => (isUndecided ? [name] : [])),
    catalogue,
  };
}

function toLicenses(
  { grants }: Person,
  { desired, reconciled, state }: Look,
  takes: ReadonlyMap<string, string>,
  catalogue: readonly License[],
): Omit<TriedResult, 'rules' | 'undecided' | 'catalogue'> {
  const nameOf = (id: string) => toName(id, catalogue);
  const given = new Set(reconciled.desired);
  const stays = ({ id, action }: { id: string; action: string }) =>
    !given.has(id) && !takes.has(id) && (action === 'keep' || grants.some((grant) => grant.id === id));
  const toWhy = (id: string, why: string) =>
    isGiven(desired, id) && desired.exclusion ? `${desired.exclusion}, and an exclusion takes nothing` : why;
  return {
    gives: reconciled.decisions.flatMap(({ id, why }) =>
      given.has(id) ? [{ id, name: nameOf(id), why }] : [],
    ),
    takes: [...takes].map(([id, why]) => ({ id, name: nameOf(id), why })),
    kept: reconciled.decisions.flatMap((one) =>
      stays(one) ? [{ id: one.id, name: nameOf(one.id), why: toWhy(one.id, one.why) }] : [],
    ),
    exclusion: desired.exclusion,
    state,
  };
}

/** The ids that references mean; of a site, `site:<host>`. */
export const toIds = (references: readonly LicenseReference[], catalogue: readonly License[]): string[] => [
  ...new Set(
    references.flatMap((reference) =>
      typeof reference === 'string' && reference.startsWith('site:')
        ? [reference]
        : findCandidates(reference, catalogue).map(({ id }) => id),
    ),
  ),
];

/** The name, and what tells it from others of that name. */
export function toName(id: string, catalogue: readonly License[]): string {
  const license = catalogue.find((one) => one.id === id);
  if (license === undefined) return id;
  const { name, subscriptionId, siteUrl } = license;
  const isAlone = catalogue.filter((one) => one.name === name).length === 1;
  const more = [subscriptionId, siteUrl].filter(Boolean).join(', ');
  return isAlone || more === '' ? name : `${name} (${more})`;
}
