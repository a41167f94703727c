import type { LicenseItem } from '../requests/license-request.ts';
import { findCandidates, isCallingId } from '../webex/catalogue.ts';
import type { License, LicenseReference } from '../webex/license.ts';
import { toCallingProperties } from './calling-place.ts';
import { type Attributes, findExclusion, findUndecided, holds, mayHold } from './conditions.ts';
import type { Policy } from './policy.ts';

export type { Attributes };

/** A person at an instant: `ended` only where nobody of `active` is at work, or soon will be. */
export interface PersonOn {
  /** The employees as the rules see them. */
  readonly active: readonly { readonly email?: string | undefined; readonly attributes: Attributes }[];
  readonly ended: Ended | undefined;
}

/** The employment of a person that was over last. */
export interface Ended {
  readonly endMs: number;
  /** IANA name: where the days after the end are counted. */
  readonly zone: string;
  readonly attributes: Attributes;
}

/** A license or site as rules name it, with the ids that it can mean; a site's id is `site:<host>`. */
export interface Give {
  readonly reference: LicenseReference | { readonly siteUrl: string };
  readonly candidates: readonly string[];
  readonly rules: readonly string[];
  readonly properties?: LicenseItem['properties'];
}

type LeaverRule = Policy['leavers'][number];

/** A person at an instant, and what a policy says of them. */
export interface Desired extends PersonOn {
  /** What all rules that fit give, each reference once. */
  readonly gives: readonly Give[];
  /** What a rule might give if HR told its attributes, or in a form that a test can read: why it is undecided, by license id. */
  readonly mayGive: ReadonlyMap<string, string>;
  /** Names that the catalogue does not have, of rules that fit or may fit. */
  readonly unknown: readonly { readonly rule: string; readonly reference: string }[];
  /** Why nothing is given. */
  readonly exclusion: string | undefined;
  /** The leaver rules that fit somebody who left, with the ids that they name beside grants. */
  readonly leaverRules: readonly { readonly rule: LeaverRule; readonly named: ReadonlySet<string> }[];
  readonly managed: ReadonlySet<string>;
  readonly isCalling: (id: string) => boolean;
}

/** Decides what a person should have: pure. @param catalogue all licenses of the organization */
export function desired(person: PersonOn, policy: Policy, catalogue: readonly License[]): Desired {
  const { active, ended } = person;
  const toIds = (reference: LicenseReference) => findCandidates(reference, catalogue).map(({ id }) => id);
  const idsOf = (references: readonly LicenseReference[]) => new Set(references.flatMap(toIds));
  const isCalling = (id: string) => isCallingId(id, catalogue);
  const named = policy.rules.flatMap((rule) => {
    const result = applyRule(rule, active);
    return [
      ...rule.licenses.map((reference) => ({ reference, candidates: toIds(reference) })),
      ...rule.sites.map((siteUrl) => ({ reference: { siteUrl }, candidates: [`site:${siteUrl}`] })),
    ].map((one) => ({ ...one, ...result, rule: rule.name }));
  });
  const gives = new Map<string, Give>();
  for (const { rule, fitting, reference, candidates } of named) {
    if (fitting === undefined || candidates.length === 0) continue;
    const key = [...candidates].sort().join('\n');
    const properties = candidates.some(isCalling) && toCallingProperties(policy, fitting);
    const before = gives.get(key) ?? { reference, candidates, rules: [], ...(properties && { properties }) };
    gives.set(key, { ...before, rules: [...before.rules, rule] });
  }
  const mayGive = named.flatMap(({ rule, undecided, candidates }) =>
    candidates.map((id) => [id, undecided && `rule ${rule} is undecided: ${undecided.join('; ')}`] as const),
  );
  return {
    ...{ active, ended, isCalling, gives: [...gives.values()] },
    mayGive: new Map(mayGive.flatMap(([id, why]) => (why === undefined ? [] : [[id, why]]))),
    unknown: named
      .filter(({ fitting, undecided, candidates }) => (fitting ?? undecided) && candidates.length === 0)
      .map(({ rule, reference }) => ({ rule, reference: toText(reference) })),
    exclusion: active.map((one) => findExclusion(policy, one)).find((reason) => reason !== undefined),
    leaverRules: policy.leavers
      .filter(({ when }) => ended && holds(when, ended.attributes))
      .map((rule) => ({ rule, named: idsOf(toNamed(rule, policy)) })),
    managed: idsOf(policy.manages),
  };
}

/** What comes of a rule: `fitting` has the attributes of the employee whom it fits; `undecided` why it might fit one. */
export function applyRule(
  { when }: Policy['rules'][number],
  active: PersonOn['active'],
): { readonly fitting?: Attributes; readonly undecided?: readonly string[] } {
  const fitting = active.find(({ attributes }) => holds(when, attributes))?.attributes;
  if (fitting) return { fitting };
  if (when === undefined || !active.some(({ attributes }) => mayHold(when, attributes))) return {};
  return { undecided: [...new Set(active.flatMap(({ attributes }) => findUndecided(when, attributes)))] };
}

const toText = (reference: Give['reference']): string =>
  typeof reference === 'string' ? reference : 'name' in reference ? reference.name : reference.siteUrl;

const toNamed = ({ reclaim }: LeaverRule, { manages }: Policy): readonly LicenseReference[] =>
  Array.isArray(reclaim) ? reclaim : reclaim === 'held' ? manages : [];

/** What a person has. */
export interface Licenses {
  readonly granted: { has(id: string): boolean };
  /** What Webex said that somebody holds who left; undefined if Webex was not asked. */
  readonly held: ReadonlySet<string> | undefined;
}

/** The first leaver rule that fits, names a license and may take it. */
export const findLeaverRule = (
  { leaverRules, isCalling }: Desired,
  id: string,
  { granted, held }: Licenses,
): LeaverRule | undefined =>
  leaverRules.find(({ rule, named }) => {
    if (isCalling(id) && !rule.calling) return false;
    const takesGrants = granted.has(id) && !Array.isArray(rule.reclaim);
    return takesGrants || (named.has(id) && (granted.has(id) || held?.has(id) === true));
  })?.rule;

/** What the policy says of a license. */
export type PolicyDecision = 'give' | 'take' | 'none';

export const toDecision = (person: Desired, id: string, licenses: Licenses): PolicyDecision => {
  if (person.gives.some(({ candidates }) => candidates.includes(id))) return 'give';
  return findLeaverRule(person, id, licenses) ? 'take' : 'none';
};

/**
 * Which licenses meet the references: one that is granted already, else one that is chosen for another reference, else the
 * first candidate; the reference that can mean the fewest is met first, and is what the license is asked for by.
 */
export function meet(gives: readonly Give[], granted: Licenses['granted']): ReadonlyMap<string, Give> {
  const chosen = new Map<string, Give>();
  for (const give of [...gives].sort((a, b) => a.candidates.length - b.candidates.length)) {
    const had = give.candidates.filter((id) => granted.has(id));
    const met = had.length > 0 ? had : give.candidates.filter((id) => chosen.has(id));
    for (const id of met.length > 0 ? met : give.candidates.slice(0, 1)) {
      const first = chosen.get(id) ?? give;
      chosen.set(id, { ...first, rules: [...new Set([...first.rules, ...give.rules])] });
    }
  }
  return chosen;
}
