import { foldWords } from '../../platform/words.ts';
import type { Give } from '../../policy/desired.ts';
import type { Policy } from '../../policy/policy.ts';
import { findCandidates } from '../../webex/catalogue.ts';
import { isPersonalCalling, type License } from '../../webex/license.ts';
import { type Look, lookAt } from '../look.ts';
import type { Person } from '../person.ts';
import type { LookContext } from '../situation.ts';
import { newestEmails, toRequest } from '../to-request.ts';
import type { PlannedItem, PlannedPerson, PlanProblem } from './plan.ts';

/** What a policy in place of the one in force would do for a person. */
export interface PersonPlan {
  /** Undefined where nothing changes. */
  readonly planned: PlannedPerson | undefined;
  readonly losesCalling: boolean;
  readonly needsIdentity: boolean;
  readonly isUndecided: boolean;
  readonly problems: readonly PlanProblem[];
}

const NOTHING: PersonPlan = {
  ...{ planned: undefined, losesCalling: false, needsIdentity: false, isUndecided: false, problems: [] },
};

/**
 * Looks at a person as the re-evaluation does, by the policy in force and by the other one: pure. What both would do is no
 * change.
 * @param before undefined where no policy is in force
 */
export function planPerson(person: Person, before: LookContext | undefined, after: LookContext): PersonPlan {
  if (person.employees.length === 0) return NOTHING;
  if (person.astray !== undefined) return { ...NOTHING, needsIdentity: true };
  const [was, will] = [before && lookAt(person, before), lookAt(person, after)];
  const items = [...toGains(was, will, after.catalogue), ...toLosses(was, will, after.catalogue)];
  const isAsked = toRequest(person, will.reconciled, after.catalogue, after.policyVersion) !== undefined;
  const isLine = ({ licenseId }: PlannedItem) =>
    after.catalogue.some((license) => license.id === licenseId && isPersonalCalling(license));
  const lost = items.filter(({ operation }) => operation === 'lose');
  return {
    planned: isAsked && items.length > 0 ? toPlanned(person, items) : undefined,
    losesCalling: lost.some(isLine),
    needsIdentity: false,
    isUndecided: will.reconciled.needsHeld,
    problems: [
      ...will.desired.unknown.map(
        ({ rule, reference }): PlanProblem => ({
          kind: 'unknown-license',
          where: `rule ${rule}`,
          name: reference,
          people: 1,
        }),
      ),
      ...findCallingGaps(person, items, will, after),
    ],
  };
}

function toPlanned({ personId, employees, ...person }: Person, items: readonly PlannedItem[]): PlannedPerson {
  const email = newestEmails({ ...person, employees }).at(-1);
  return {
    person: { ...(email !== undefined && { email }), ...(personId !== undefined && { personId }) },
    employees: employees.map(({ source, employeeId }) => ({ source, employeeId })),
    items,
  };
}

const toName = (id: string, catalogue: readonly License[]) => findCandidates(id, catalogue)[0]?.name ?? id;

const toWhy = ({ reconciled }: Look, id: string) =>
  reconciled.decisions.find((decision) => decision.id === id)?.why ?? '';

function toGains(was: Look | undefined, will: Look, catalogue: readonly License[]): readonly PlannedItem[] {
  const already = new Set(was?.reconciled.adds.map(({ id }) => id));
  return will.reconciled.adds
    .filter(({ id }) => !already.has(id))
    .map(({ id, give }) => ({
      ...{ operation: 'gain', licenseId: id, license: toName(id, catalogue) },
      ...{ rules: give.rules, why: toWhy(will, id) },
    }));
}

function toLosses(was: Look | undefined, will: Look, catalogue: readonly License[]): readonly PlannedItem[] {
  const already = new Set(was?.reconciled.removes);
  return will.reconciled.removes
    .filter((id) => !already.has(id))
    .map((id) => {
      const why = toWhy(will, id);
      const [, leaverRule] = /^leaver rule (.*)$/.exec(why) ?? [];
      const gave = was?.desired.gives.filter(({ candidates }) => candidates.includes(id)) ?? [];
      const rules = leaverRule === undefined ? gave.flatMap((give) => give.rules) : [leaverRule];
      const license = toName(id, catalogue);
      return { operation: 'lose', licenseId: id, license, rules: [...new Set(rules)], why };
    });
}

/** Calling licenses for which the policy has no location, or a template of it cannot be filled. */
function findCallingGaps(
  person: Person,
  items: readonly PlannedItem[],
  { reconciled, desired: { active } }: Look,
  { policy, catalogue }: LookContext,
): readonly PlanProblem[] {
  const gained = new Set(items.filter(({ operation }) => operation === 'gain').map((item) => item.licenseId));
  const lines = reconciled.adds.filter(
    ({ id }) => gained.has(id) && catalogue.some((one) => one.id === id && isPersonalCalling(one)),
  );
  if (lines.length === 0 || person.employees.length === 0) return [];
  const said = active.flatMap(({ attributes }) => attributes.values.get('location') || [])[0] ?? '';
  return lines.flatMap(({ give: { properties } }): readonly PlanProblem[] => {
    if (properties?.locationId === undefined) return [{ kind: 'missing-location', name: said, people: 1 }];
    return findUnfilled(policy, said, properties).map((name) => ({
      ...{ kind: 'unfilled-template', where: `location ${said}`, name, people: 1 },
    }));
  });
}

function findUnfilled(
  { locations }: Policy,
  said: string,
  properties: NonNullable<Give['properties']>,
): readonly string[] {
  const place = Object.entries(locations).find(([name]) => foldWords(name) === foldWords(said))?.[1];
  const templates = [
    [place?.extension, properties.extension],
    [place?.phoneNumber, properties.phoneNumber],
  ] as const;
  return templates.flatMap(([template, filled]) => (template && filled === undefined ? [template] : []));
}

/** The names of attributes that HR told of a person, as it spells them. */
export const namesToldOf = ({ employees }: Person): readonly string[] =>
  employees.flatMap(({ facts }) => facts.flatMap(({ attributes }) => Object.keys(attributes)));
