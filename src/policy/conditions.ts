import { domainToASCII } from 'node:url';
import { readDate } from '../platform/dates.ts';
import { foldWords } from '../platform/words.ts';
import type { AttributeValue } from './attribute-value.ts';
import type { Condition, Policy } from './policy.ts';

/** What HR told of an employee by a time. */
export interface Attributes {
  /** By the folded name; empty where HR told that there is none. */
  readonly values: ReadonlyMap<string, AttributeValue>;
  /** The folded names of which HR told anything at all. */
  readonly told: ReadonlySet<string>;
}

/** Whether a condition is true. A test that is undecided fails. */
export const holds = (condition: Condition | undefined, attributes: Attributes): boolean =>
  condition === undefined || couldBe(condition, true, attributes, false);

/** Whether a condition is true, or might be if HR told the attributes that it looks at in a form that it can read. */
export const mayHold = (condition: Condition | undefined, attributes: Attributes): boolean =>
  condition === undefined || couldBe(condition, true, attributes, true);

/** @param isOpen whether a test that is undecided may have either result; else it fails */
function couldBe(condition: Condition, result: boolean, attributes: Attributes, isOpen: boolean): boolean {
  const each = (conditions: readonly Condition[], wanted: boolean) =>
    conditions.map((one) => couldBe(one, wanted, attributes, isOpen));
  if ('all' in condition)
    return result ? each(condition.all, true).every(Boolean) : each(condition.all, false).some(Boolean);
  if ('any' in condition)
    return result ? each(condition.any, true).some(Boolean) : each(condition.any, false).every(Boolean);
  if ('not' in condition) return couldBe(condition.not, !result, attributes, isOpen);
  const passed = passes(condition, attributes);
  return typeof passed === 'boolean' ? passed === result : isOpen || !result;
}

/** Why the tests of a condition are undecided: one reason for each of those that are. */
export function findUndecided(condition: Condition, attributes: Attributes): readonly string[] {
  if ('all' in condition) return condition.all.flatMap((one) => findUndecided(one, attributes));
  if ('any' in condition) return condition.any.flatMap((one) => findUndecided(one, attributes));
  if ('not' in condition) return findUndecided(condition.not, attributes);
  const passed = passes(condition, attributes);
  return typeof passed === 'boolean' ? [] : [passed.undecided];
}

type Test = Extract<Condition, { attribute: string }>;

/**
 * The result of a test, or why it is undecided. Names and values are compared as words: case, spaces and the composition
 * of letters make no difference. A list is looked into by `contains` alone; to `contains`, a text is a list of one.
 */
function passes(test: Test, { values, told }: Attributes): boolean | { readonly undecided: string } {
  const name = foldWords(test.attribute);
  if (!told.has(name)) return { undecided: `HR never told ${test.attribute}` };
  const value = values.get(name);
  if (value === undefined) return false;
  if ('contains' in test) {
    const wanted = foldWords(test.contains);
    return (typeof value === 'string' ? [value] : value).some((member) => foldWords(member) === wanted);
  }
  if (typeof value !== 'string')
    return { undecided: `${test.attribute} is a list, and only "contains" looks into a list` };
  if ('before' in test || 'after' in test) {
    const day = toDay(value);
    if (day === undefined) return { undecided: `${test.attribute} is no day such as 2026-12-31` };
    return day !== '' && ('before' in test ? day < test.before : day > test.after);
  }
  const word = foldWords(value);
  if ('equals' in test) return word === foldWords(test.equals);
  // Of an attribute that HR emptied, nothing begins: not even with an empty prefix, which asks for any value.
  if ('prefix' in test) return word !== '' && word.startsWith(foldWords(test.prefix));
  return test.in.some((one) => word === foldWords(one));
}

/** The day of a date in ISO 8601, as it is written, whatever its offset; empty for "no date", undefined where unreadable. */
function toDay(value: string): string | undefined {
  const { kind } = readDate(value);
  if (kind === 'unreadable') return undefined;
  return kind === 'none' ? '' : value.trim().slice(0, 'yyyy-mm-dd'.length);
}

/** Why the policy gives somebody nothing; undefined where it does. */
export function findExclusion(
  { exclusions }: Policy,
  { email, attributes }: { readonly email?: string | undefined; readonly attributes: Attributes },
): string | undefined {
  const { when } = exclusions;
  const { emails, domains } = toAsciiNames(exclusions);
  if (email !== undefined && emails.size + domains.size > 0) {
    const ascii = toAsciiAddress(email);
    if (emails.has(ascii)) return 'the person is excluded';
    if (domains.has(toDomain(ascii))) return 'the domain of the person is excluded';
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

interface AsciiNames {
  readonly emails: ReadonlySet<string>;
  readonly domains: ReadonlySet<string>;
}

/** A policy may name thousands, and each person is compared with them. */
const asciiNames = new WeakMap<Policy['exclusions'], AsciiNames>();

function toAsciiNames(exclusions: Policy['exclusions']): AsciiNames {
  const { emails, domains } = exclusions;
  const names = asciiNames.get(exclusions) ?? {
    emails: new Set(emails.map(toAsciiAddress)),
    domains: new Set(domains.map(toAsciiDomain)),
  };
  asciiNames.set(exclusions, names);
  return names;
}
