import { foldWords } from '../platform/words.ts';
import type { Condition, Policy } from './policy.ts';

/** `{name}` in a template of a location. */
export const TEMPLATE_NAME = /\{([^{}]+)\}/g;

/** The folded names of all attributes that a policy reads: in conditions, and for the properties of Calling licenses. */
export function attributeNames({ rules, leavers, exclusions, locations }: Policy): ReadonlySet<string> {
  const conditions = [...rules, ...leavers, exclusions].flatMap(({ when }) => when ?? []);
  const places = Object.values(locations);
  const templates = places.flatMap(({ extension = '', phoneNumber = '' }) => [extension, phoneNumber]);
  return new Set(
    [
      ...conditions.flatMap(namesOf),
      ...(places.length > 0 ? ['location'] : []),
      ...templates.flatMap((template) => [...template.matchAll(TEMPLATE_NAME)].map(([, name = '']) => name)),
    ].map(foldWords),
  );
}

function namesOf(condition: Condition): readonly string[] {
  if ('all' in condition) return condition.all.flatMap(namesOf);
  if ('any' in condition) return condition.any.flatMap(namesOf);
  return 'not' in condition ? namesOf(condition.not) : [condition.attribute];
}
