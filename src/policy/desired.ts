import type { LicenseItem } from '../requests/license-request.ts';
import { findCandidates, isCallingId } from '../webex/catalogue.ts';
import type { License, LicenseReference } from '../webex/license.ts';
import { toReferenceText } from '../webex/license-names.ts';
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

/** A license or site that rules give, with the ids that it can mean; a site's id is `site:<host>`. */
export interface Give {
  readonly reference: LicenseReference | { readonly siteUrl: string };
  readonly candidates: readonly string[];
  readonly rules: readonly string[];
  readonly properties?: LicenseItem['properties'];
}

type LeaverRule = Policy['leavers'][number];
export type Desired = ReturnType<typeof desired>;

/** What a policy says of a person at an instant: pure. @param catalogue all licenses of the organization */
export function desired({ active, ended }: PersonOn, policy: Policy, catalogue: readonly License[]) {
  const toIds = (reference: LicenseReference) => findCandidates(reference, catalogue).map(({ id }) => id);
  const idsOf = (references: readonly LicenseReference[]) => new Set(references.flatMap(toIds));
  const isCalling = (id: string) => isCallingId(id, catalogue);
  const named = policy.rules.flatMap((rule) => {
    const { fitting, undecided } = applyRule(rule, active);
    if (!fitting && !undecided) return [];
    return [
      ...rule.licenses.map((reference) => ({ reference, candidates: toIds(reference) })),
      ...rule.sites.map((siteUrl) => ({ reference: { siteUrl }, candidates: [`site:${siteUrl}`] })),
    ].map((one) => ({ ...one, rule: rule.name, fitting, undecided }));
  });
  return {
    active,
    ended,
    isCalling,
    gives: named.flatMap(({ rule, fitting, reference, candidates }): Give[] => {
      if (!fitting || candidates.length === 0) return [];
      const properties = candidates.some(isCalling) && toCallingProperties(policy, fitting);
      return [{ reference, candidates, rules: [rule], ...(properties && { properties }) }];
    }),
    /** What a rule might give if HR told its attributes, or in a form that a test can read: why it is undecided. */
    open: named.flatMap(({ rule, undecided, candidates }) =>
      undecided ? [{ rule, undecided, candidates }] : [],
    ),
    /** Names that the catalogue does not have, of rules that fit or may fit. */
    unknown: named.flatMap(({ rule, reference, candidates }) =>
      candidates.length > 0 ? [] : [{ rule, reference: toText(reference) }],
    ),
    /** Why nothing is given. */
    exclusion: active.map((one) => findExclusion(policy, one)).find((reason) => reason !== undefined),
    /** The leaver rules that fit somebody who left, with the ids that they name beside grants. */
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
  typeof reference === 'string' || 'name' in reference ? toReferenceText(reference) : reference.siteUrl;

const toNamed = ({ reclaim }: LeaverRule, { manages }: Policy): readonly LicenseReference[] =>
  Array.isArray(reclaim) ? reclaim : reclaim === 'held' ? manages : [];

export const isGiven = ({ gives }: Pick<Desired, 'gives'>, id: string): boolean =>
  gives.some(({ candidates }) => candidates.includes(id));

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

export const toDecision = (person: Desired, id: string, licenses: Licenses): PolicyDecision =>
  isGiven(person, id) ? 'give' : findLeaverRule(person, id, licenses) ? 'take' : 'none';

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
