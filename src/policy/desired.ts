import type { LicenseItem } from '../requests/license-request.ts';
import { findCandidates, isCallingId } from '../webex/catalogue.ts';
import type { License, LicenseReference } from '../webex/license.ts';
import { toCallingProperties } from './calling-place.ts';
import { type Attributes, findExclusion, findUndecided, holds, mayHold } from './conditions.ts';
import type { Condition, Policy } from './policy.ts';

export type { Attributes };

/** An employee as the rules see them. */
export interface EmployeeOn {
  readonly email?: string | undefined;
  readonly attributes: Attributes;
}

/** The employment of a person that was over last. */
export interface Ended {
  readonly endMs: number;
  /** IANA name: where the days after the end are counted. */
  readonly zone: string;
  readonly attributes: Attributes;
}

/** A person at an instant: `ended` only where nobody of `active` is at work, or soon will be. */
export interface PersonOn {
  readonly active: readonly EmployeeOn[];
  readonly ended: Ended | undefined;
}

/** A license or site as rules name it, with the ids that it can mean; a site's id is `site:<host>`. */
export interface Give {
  readonly reference: LicenseReference | { readonly siteUrl: string };
  readonly candidates: readonly string[];
  readonly rules: readonly string[];
  readonly properties?: LicenseItem['properties'];
}

type LeaverRule = Policy['leavers'][number];

/** What a policy says of a person at an instant. */
export interface Desired {
  /** What all rules that fit give, each reference once. */
  readonly gives: readonly Give[];
  /** What a rule might give if HR told its attributes: the rule by license id. */
  readonly mayGive: ReadonlyMap<string, string>;
  /** Why rules are undecided, by rule: HR never told an attribute, or not in a form that a test can read. */
  readonly undecided: ReadonlyMap<string, readonly string[]>;
  /** Names that the catalogue does not have, of rules that fit or may fit. */
  readonly unknown: readonly { readonly rule: string; readonly reference: string }[];
  /** Why nothing is given. */
  readonly exclusion: string | undefined;
  /** The leaver rules that fit somebody who left, with the ids that they list. */
  readonly leaverRules: readonly { readonly rule: LeaverRule; readonly listed: ReadonlySet<string> }[];
  readonly managed: ReadonlySet<string>;
  readonly isCalling: (id: string) => boolean;
}

/** Decides what a person should have: pure. @param catalogue all licenses of the organization */
export function desired({ active, ended }: PersonOn, policy: Policy, catalogue: readonly License[]): Desired {
  const toIds = (reference: LicenseReference) => findCandidates(reference, catalogue).map(({ id }) => id);
  const idsOf = (references: readonly LicenseReference[]) => new Set(references.flatMap(toIds));
  const named = policy.rules.flatMap((rule) =>
    [
      ...rule.licenses.map((reference) => ({ reference, candidates: toIds(reference) })),
      ...rule.sites.map((siteUrl) => ({ reference: { siteUrl }, candidates: [`site:${siteUrl}`] })),
    ].map((give) => ({ ...give, rule })),
  );
  const fits = (rule: Policy['rules'][number]) => active.find((one) => holds(rule.when, one.attributes));
  const fitting = named.filter(({ rule }) => fits(rule) !== undefined);
  const mayFit = (rule: Policy['rules'][number]) => active.some((one) => mayHold(rule.when, one.attributes));
  const undecided = policy.rules.filter((rule) => fits(rule) === undefined && mayFit(rule));
  const open = named.filter(({ rule }) => undecided.includes(rule));
  const toReasons = (when: Condition | undefined) => [
    ...new Set(active.flatMap(({ attributes }) => (when ? findUndecided(when, attributes) : []))),
  ];
  const gives = new Map<string, Give>();
  for (const { rule, reference, candidates } of fitting) {
    if (candidates.length === 0) continue;
    const key = [...candidates].sort().join('\n');
    const properties = candidates.some((id) => isCallingId(id, catalogue))
      ? toCallingProperties(policy, fits(rule)?.attributes ?? NO_ATTRIBUTES)
      : undefined;
    const before = gives.get(key) ?? { reference, candidates, rules: [], ...(properties && { properties }) };
    gives.set(key, { ...before, rules: [...before.rules, rule.name] });
  }
  return {
    gives: [...gives.values()],
    mayGive: new Map(
      open.flatMap(({ rule, candidates }) => candidates.map((id) => [id, rule.name] as const)),
    ),
    undecided: new Map(undecided.map(({ name, when }) => [name, toReasons(when)])),
    unknown: [...fitting, ...open].flatMap(({ rule, reference, candidates }) =>
      candidates.length > 0 ? [] : [{ rule: rule.name, reference: toText(reference) }],
    ),
    exclusion: active.map((one) => findExclusion(policy, one)).find((reason) => reason !== undefined),
    leaverRules: policy.leavers
      .filter(({ when }) => ended !== undefined && holds(when, ended.attributes))
      .map((rule) => ({ rule, listed: idsOf(Array.isArray(rule.reclaim) ? rule.reclaim : []) })),
    managed: idsOf(policy.manages),
    isCalling: (id) => isCallingId(id, catalogue),
  };
}

const NO_ATTRIBUTES: Attributes = { values: new Map(), told: new Set() };

const toText = (reference: Give['reference']): string =>
  typeof reference === 'string' ? reference : 'name' in reference ? reference.name : reference.siteUrl;

/** What a person has. */
export interface Licenses {
  readonly granted: ReadonlySet<string>;
  /** What Webex said; undefined if Webex was not asked. */
  readonly held: ReadonlySet<string> | undefined;
}

/** The first leaver rule that fits, names a license and may take it. */
export const findLeaverRule = (
  { leaverRules, managed, isCalling }: Desired,
  id: string,
  { granted, held }: Licenses,
): LeaverRule | undefined =>
  leaverRules.find(({ rule, listed }) => {
    if (isCalling(id) && !rule.calling) return false;
    const isListed = rule.reclaim === 'held' ? managed.has(id) : listed.has(id);
    return granted.has(id)
      ? !Array.isArray(rule.reclaim) || isListed
      : rule.reclaim !== 'granted' && isListed && held?.has(id) === true;
  })?.rule;

/** What the policy says of a license. */
export type PolicyDecision = 'give' | 'take' | 'none';

export const toDecision = (person: Desired, id: string, licenses: Licenses): PolicyDecision => {
  if (person.gives.some(({ candidates }) => candidates.includes(id))) return 'give';
  return findLeaverRule(person, id, licenses) ? 'take' : 'none';
};

/**
 * Which license meets each reference: one that is granted already, else one that is chosen for another reference, else the
 * first of `preferred`; the reference that can mean the fewest is met first.
 */
export function meet(
  gives: readonly Give[],
  granted: ReadonlySet<string>,
  preferred: (candidates: readonly string[]) => string | undefined = ([first]) => first,
): ReadonlyMap<Give, readonly string[]> {
  const chosen = new Set<string>();
  return new Map(
    [...gives]
      .sort((a, b) => a.candidates.length - b.candidates.length)
      .map((give) => {
        const had = give.candidates.filter((id) => granted.has(id));
        const met = had.length > 0 ? had : give.candidates.filter((id) => chosen.has(id));
        const ids = met.length > 0 ? met : [preferred(give.candidates) ?? ''];
        for (const id of ids) chosen.add(id);
        return [give, ids] as const;
      }),
  );
}
