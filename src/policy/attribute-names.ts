import { foldWords } from '../platform/words.ts';
import type { Condition, Policy } from './policy.ts';

/** `{name}` in a template of a location. */
export const TEMPLATE_NAME = /\{([^{}]+)\}/g;

/** The folded names of the attributes that the conditions of a policy read. */
export function conditionNames({ rules, leavers, exclusions }: Policy): ReadonlySet<string> {
  const conditions = [...rules, ...leavers, exclusions].flatMap(({ when }) => when ?? []);
  return new Set(conditions.flatMap(namesOf).map(foldWords));
}

/** The folded names of all attributes that a policy reads: in conditions, and for the properties of Calling licenses. */
export function attributeNames(policy: Policy): ReadonlySet<string> {
  const places = Object.values(policy.locations);
  const templates = places.flatMap(({ extension = '', phoneNumber = '' }) => [extension, phoneNumber]);
  const filled = templates.flatMap((template) =>
    [...template.matchAll(TEMPLATE_NAME)].map(([, name = '']) => name),
  );
  const named = [...(places.length > 0 ? ['location'] : []), ...filled];
  return new Set([...conditionNames(policy), ...named.map(foldWords)]);
}

function namesOf(condition: Condition): readonly string[] {
  if ('all' in condition) return condition.all.flatMap(namesOf);
  if ('any' in condition) return condition.any.flatMap(namesOf);
  return 'not' in condition ? namesOf(condition.not) : [condition.attribute];
}
