import { domainToASCII } from 'node:url';
import { foldWords } from '../platform/words.ts';
import type { Condition, Policy } from './policy.ts';

/** What HR told of an employee by a time. */
export interface Attributes {
  /** By the folded name; empty text where HR told that there is none. */
  readonly values: ReadonlyMap<string, string>;
  /** The folded names of which HR told anything at all. */
  readonly told: ReadonlySet<string>;
}

/** Whether a condition is true; an attribute that HR never told has no value, and fails each test of it. */
export const holds = (condition: Condition | undefined, attributes: Attributes): boolean =>
  condition === undefined || couldBe(condition, true, attributes, false);

/** Whether a condition is true, or might be if HR told the attributes that it never told. */
export const mayHold = (condition: Condition | undefined, attributes: Attributes): boolean =>
  condition === undefined || couldBe(condition, true, attributes, true);

/**
 * Names and values are compared as words: case, spaces and the composition of letters make no difference.
 * @param isOpen whether a test of an attribute that was never told may have either result
 */
function couldBe(condition: Condition, result: boolean, attributes: Attributes, isOpen: boolean): boolean {
  const each = (conditions: readonly Condition[], wanted: boolean) =>
    conditions.map((one) => couldBe(one, wanted, attributes, isOpen));
  if ('all' in condition)
    return result ? each(condition.all, true).every(Boolean) : each(condition.all, false).some(Boolean);
  if ('any' in condition)
    return result ? each(condition.any, true).some(Boolean) : each(condition.any, false).every(Boolean);
  if ('not' in condition) return couldBe(condition.not, !result, attributes, isOpen);
  const name = foldWords(condition.attribute);
  if (isOpen && !attributes.told.has(name)) return true;
  const value = attributes.values.get(name);
  return (value !== undefined && passes(condition, foldWords(value))) === result;
}

type Test = Extract<Condition, { attribute: string }>;

function passes(test: Test, value: string): boolean {
  if ('equals' in test) return value === foldWords(test.equals);
  // Of an attribute that HR emptied, nothing begins: not even with an empty prefix, which asks for any value.
  if ('prefix' in test) return value !== '' && value.startsWith(foldWords(test.prefix));
  return test.in.some((one) => value === foldWords(one));
}

/** Why the policy gives somebody nothing; undefined where it does. */
export function findExclusion(
  { exclusions }: Policy,
  { email, attributes }: { readonly email?: string | undefined; readonly attributes: Attributes },
): string | undefined {
  const { emails, domains, when } = exclusions;
  if (email !== undefined) {
    const ascii = toAsciiAddress(email);
    if (emails.some((one) => toAsciiAddress(one) === ascii)) return 'the person is excluded';
    const domain = toDomain(ascii);
    if (domains.some((one) => toAsciiDomain(one) === domain)) return 'the domain of the person is excluded';
  }
  return when !== undefined && holds(when, attributes)
    ? 'excluded: the condition of the exclusions fits the person'
    : undefined;
}

const toDomain = (email: string) => email.slice(email.lastIndexOf('@') + 1);
/** `bücher.example` and `xn--bcher-kva.example` are one domain; what is no domain stays as it is. */
const toAsciiDomain = (domain: string) => domainToASCII(domain) || domain;
const toAsciiAddress = (email: string) =>
  `${email.slice(0, email.lastIndexOf('@'))}@${toAsciiDomain(toDomain(email))}`;
