import type { ForecastPeople } from '../../guardrails/forecast-people.ts';
import { findMeant } from '../../platform/nearest.ts';
import { foldWords } from '../../platform/words.ts';
import { attributeNames } from '../../policy/attribute-names.ts';
import type { Policy } from '../../policy/policy.ts';
import { findCandidates } from '../../webex/catalogue.ts';
import { isPool, type License, type LicenseReference, toFreeUnits } from '../../webex/license.ts';
import { toReferenceText } from '../../webex/license-names.ts';
import { addProblems } from './count-plan.ts';
import { findUntoldNumbers } from './numbers-left.ts';
import type { PlanNumbers, PlanProblem, PlanProgress, PlanResult } from './plan.ts';

/** What of a plan only the whole tells. */
export interface PlanEnd {
  readonly policy: Policy;
  readonly inForce: { readonly policy: Policy } | undefined;
  readonly catalogue: readonly License[];
  readonly removals: Awaited<ReturnType<ForecastPeople>>;
  readonly cause: string;
  /** The names of attributes that each source sends and that are not kept. */
  readonly notKept: ReadonlyMap<string, readonly string[]>;
  readonly numbers: readonly PlanNumbers[];
  /** Of locations whose numbers Webex refuses to tell. */
  readonly refused: readonly PlanProblem[];
}

/** The result of a plan whose people have all been looked at: pure. */
export function finishPlan(
  progress: PlanProgress,
  { policy, inForce, catalogue, removals, cause, notKept, numbers, refused }: PlanEnd,
): PlanResult {
  const { comparedWith, at, counts, rules, isCut } = progress;
  const licenses = progress.licenses.map((row) => toSeats(row, catalogue));
  const nameOf = new Map(licenses.map(({ licenseId, name }) => [licenseId, name]));
  const short = licenses.flatMap(({ name, short: people }): readonly PlanProblem[] =>
    people === undefined || people === 0 ? [] : [{ kind: 'no-seats', name, people }],
  );
  const problems = addProblems(
    [...findUnknownLicenses(policy, catalogue), ...progress.problems],
    [
      ...findUnknownAttributes(policy, progress, notKept),
      ...short,
      ...findUntoldNumbers(numbers),
      ...refused,
    ],
  );
  const known = inForce && new Set(namesOf(inForce.policy));
  const isKnown = ({ kind, name }: PlanProblem) => /^unknown-/.test(kind) && (known?.has(name) ?? false);
  const needApproval = Math.max(0, counts.lose - removals.canGoNow);
  return {
    ...(comparedWith !== undefined && { comparedWith }),
    ...{ at, people: counts, licenses },
    ...(numbers.length > 0 && { numbers }),
    problems: problems.map((problem) => ({ ...problem, ...(isKnown(problem) && { isInForce: true }) })),
    rules: rules.map((row) => ({ ...row, license: nameOf.get(row.licenseId) ?? row.licenseId })),
    removals: { people: counts.lose, canGoNow: counts.lose - needApproval, needApproval, cause },
    ...(isCut && { isCut }),
  };
}

function toSeats(row: PlanProgress['licenses'][number], catalogue: readonly License[]) {
  const license = findCandidates(row.licenseId, catalogue)[0];
  const free = license && isPool(license) ? toFreeUnits(license) : undefined;
  return {
    ...{ ...row, name: license?.name ?? row.licenseId },
    ...(free !== undefined && { free, short: Math.max(0, row.gain - Math.max(0, free)) }),
  };
}

/** All names of licenses in a policy, each with its place. */
const referencesOf = (policy: Policy): readonly (readonly [string, readonly LicenseReference[]])[] => [
  ...policy.rules.map(({ name, licenses }) => [`rule ${name}`, licenses] as const),
  ['manages', policy.manages],
  ...policy.leavers.map(
    ({ name, reclaim }) => [`leaver rule ${name}`, Array.isArray(reclaim) ? reclaim : []] as const,
  ),
];

const toName = (reference: LicenseReference) => (typeof reference === 'string' ? reference : reference.name);

/** What a policy calls licenses and attributes. */
const namesOf = (policy: Policy): readonly string[] => [
  ...referencesOf(policy).flatMap(([, references]) => references.map(toReferenceText)),
  ...attributeNames(policy),
];

/** The names of a policy that the catalogue does not have, with those that may have been meant. */
function findUnknownLicenses(policy: Policy, catalogue: readonly License[]): readonly PlanProblem[] {
  return referencesOf(policy).flatMap(([where, references]) =>
    references
      .filter((reference) => findCandidates(reference, catalogue).length === 0)
      .map((reference): PlanProblem => {
        const name = toReferenceText(reference);
        const nearest = findMeant(
          toName(reference),
          catalogue.map((license) => license.name),
        );
        return { kind: 'unknown-license', where, name, ...(nearest.length > 0 && { nearest }), people: 0 };
      }),
  );
}

/**
 * The attributes of a policy that no employee has, apart from those that a source sends and that no policy named until now;
 * empty if no person was looked at.
 */
function findUnknownAttributes(
  policy: Policy,
  { attributes, counts }: PlanProgress,
  notKept: PlanEnd['notKept'],
): readonly PlanProblem[] {
  if (counts.looked === 0) return [];
  const told = new Set(attributes.map(foldWords));
  const known = [...attributes, ...[...notKept.values()].flat()];
  return [...attributeNames(policy)]
    .filter((name) => !told.has(name))
    .map((name): PlanProblem => {
      const senders = [...notKept].flatMap(([source, sent]) =>
        sent.some((one) => foldWords(one) === name) ? [source] : [],
      );
      if (senders.length > 0) return { kind: 'attribute-not-kept', where: senders.join(', '), name };
      const nearest = findMeant(name, known);
      return { kind: 'unknown-attribute', name, ...(nearest.length > 0 && { nearest }) };
    });
}
