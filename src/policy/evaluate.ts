import { domainToASCII } from 'node:url';
import { readPhoneNumber } from '../platform/phone-number.ts';
import { foldWords } from '../platform/words.ts';
import type { LicenseItem } from '../requests/license-request.ts';
import { isPersonalCalling } from '../webex/license.ts';
import { type Grant, toGrantKey } from './grant.ts';
import type { Condition, Policy } from './policy.ts';

export interface Person {
  readonly email?: string | undefined;
  readonly attributes: Readonly<Record<string, string>>;
}

/** What one rule said of a person, for whoever asks why. */
export interface RuleTrace {
  readonly rule: string;
  readonly fits: boolean;
}

/** Names and values are compared as words: case, spaces and the composition of letters make no difference. */
export function holds(
  condition: Condition | undefined,
  attributes: Readonly<Record<string, string>>,
): boolean {
  if (condition === undefined) return true;
  if ('all' in condition) return condition.all.every((one) => holds(one, attributes));
  if ('any' in condition) return condition.any.some((one) => holds(one, attributes));
  if ('not' in condition) return !holds(condition.not, attributes);
  const told = findAttribute(attributes, condition.attribute);
  if (told === undefined) return false;
  const value = foldWords(told);
  if ('equals' in condition) return value === foldWords(condition.equals);
  if ('prefix' in condition) return value.startsWith(foldWords(condition.prefix));
  return condition.in.some((one) => value === foldWords(one));
}

/** The attribute of this name; of several whose names differ in case or spacing alone, the one that is written so. */
function findAttribute(attributes: Readonly<Record<string, string>>, name: string): string | undefined {
  if (Object.hasOwn(attributes, name)) return attributes[name];
  const folded = foldWords(name);
  return Object.entries(attributes).find(([other]) => foldWords(other) === folded)?.[1];
}

/** Why the policy leaves somebody alone; undefined where it does not. */
export function findExclusion({ exclusions }: Policy, { email, attributes }: Person): string | undefined {
  const { emails, domains, when } = exclusions;
  if (email !== undefined) {
    const ascii = toAsciiAddress(email);
    if (emails.some((one) => toAsciiAddress(one) === ascii)) return 'the person is excluded';
    const domain = toDomain(ascii);
    if (domains.some((one) => toAsciiDomain(one) === domain)) return 'the domain of the person is excluded';
  }
  return when !== undefined && holds(when, attributes)
    ? 'the condition of the exclusions fits the person'
    : undefined;
}

const toDomain = (email: string) => email.slice(email.lastIndexOf('@') + 1);
/** `bücher.example` and `xn--bcher-kva.example` are one domain; what is no domain stays as it is. */
const toAsciiDomain = (domain: string) => domainToASCII(domain) || domain;
const toAsciiAddress = (email: string) =>
  `${email.slice(0, email.lastIndexOf('@'))}@${toAsciiDomain(toDomain(email))}`;

/** What all rules that fit grant together, each once, and what each rule said. */
export function evaluate(
  policy: Policy,
  person: Person,
): { grants: readonly Grant[]; trace: readonly RuleTrace[] } {
  const fitting = policy.rules.filter(({ when }) => holds(when, person.attributes));
  const grants = fitting.flatMap(({ licenses, sites }): Grant[] => [
    ...licenses.map((license): Grant => toLicenseGrant(policy, license, person.attributes)),
    ...sites.map((siteUrl): Grant => ({ kind: 'site', siteUrl })),
  ]);
  return {
    grants: [...new Map(grants.map((grant) => [toGrantKey(grant), grant])).values()],
    trace: policy.rules.map((rule) => ({ rule: rule.name, fits: fitting.includes(rule) })),
  };
}

function toLicenseGrant(
  { locations }: Policy,
  license: LicenseItem['license'],
  attributes: Readonly<Record<string, string>>,
): Grant {
  const place = foldWords(findAttribute(attributes, 'location') ?? '');
  const location = Object.entries(locations).find(([name]) => foldWords(name) === place)?.[1];
  if (!isCalling(license) || location === undefined) return { kind: 'license', license };
  // A number that cannot be read is left out, and the add says what it lacks: nothing else is dialled in its place.
  const extension = /^\d{1,10}$/.exec(fill(location.extension, attributes).replace(/\s/g, ''))?.[0];
  const phoneNumber = readPhoneNumber(fill(location.phoneNumber, attributes));
  const properties = {
    locationId: location.locationId,
    ...(extension && { extension }),
    ...(phoneNumber && { phoneNumber }),
  };
  return { kind: 'license', license, properties };
}

/** A template with its attributes; empty where one of them is not known. */
function fill(template: string | undefined, attributes: Readonly<Record<string, string>>): string {
  const names = [...(template?.matchAll(/\{([^{}]+)\}/g) ?? [])].map(([, name = '']) => name);
  if (template === undefined || names.some((name) => findAttribute(attributes, name) === undefined))
    return '';
  return template.replace(/\{([^{}]+)\}/g, (_all, name: string) => findAttribute(attributes, name) ?? '');
}

/** By its name, or by its id where it is named so. */
export const isCalling = (license: LicenseItem['license']): boolean =>
  typeof license === 'string'
    ? isPersonalCalling({ id: license, name: license })
    : isPersonalCalling({ id: '', name: license.name });
