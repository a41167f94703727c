import { foldWords } from '../platform/words.ts';
import { attributeNames } from '../policy/attribute-names.ts';
import type { Policy } from '../policy/policy.ts';
import type { Fact } from './fact.ts';

type Attributes = Fact['attributes'];

/** The folded names of the attributes that are kept: those that the policy reads, and those of the source's list. */
export const toKeptNames = (policy: Policy | undefined, allowed: readonly string[]): ReadonlySet<string> =>
  new Set([...(policy ? attributeNames(policy) : []), ...allowed.map(foldWords)]);

/** The attributes that are kept, and the names of the others. */
export function splitAttributes(
  attributes: Attributes,
  kept: ReadonlySet<string>,
): { readonly attributes: Record<string, Attributes[string]>; readonly left: readonly string[] } {
  const all = Object.entries(attributes);
  const isKept = (name: string) => kept.has(foldWords(name));
  return {
    attributes: Object.fromEntries(all.filter(([name]) => isKept(name))),
    left: all.flatMap(([name]) => (isKept(name) ? [] : [name])),
  };
}
