import { emailSchema } from '../../platform/email.ts';
import { findNearest } from '../../platform/nearest.ts';
import { UnreadableText } from '../../platform/text-file.ts';
import { foldWords } from '../../platform/words.ts';
import { findCandidates } from '../../webex/catalogue.ts';
import type { License } from '../../webex/license.ts';
import { FEATURE_HEADINGS, PERSON_HEADINGS } from './known-headings.ts';
import { type Table, toText } from './table.ts';

/** What the command takes from a column. */
export type Role =
  | 'email'
  | 'add'
  | 'remove'
  | 'location'
  | 'locationId'
  | 'extension'
  | 'range'
  | 'phoneNumber';

/** What a column means. */
export type Meaning =
  | { readonly kind: 'role'; readonly role: Role }
  /** TRUE and FALSE of a license: one, or one in each of several subscriptions where the heading names none. */
  | { readonly kind: 'license'; readonly licenses: readonly License[] }
  /** A license by its form, or nearly by its name, that the organization does not have. */
  | { readonly kind: 'unknown'; readonly nearest: string | undefined }
  /** Control Hub gives a suspended service to nobody. */
  | { readonly kind: 'suspended' }
  | { readonly kind: 'other' };

export interface Column {
  readonly index: number;
  readonly heading: string;
  readonly meaning: Meaning;
}

const ROLES: Readonly<Record<Role, readonly string[]>> = {
  email: ['useridemailrequired', 'useridemail', 'userid', 'email', 'emailaddress', 'workemail', 'mail'],
  add: ['add', 'licensestoadd'],
  remove: ['remove', 'licensestoremove'],
  location: ['location'],
  locationId: ['locationid'],
  // Control Hub's older files have directory numbers and direct lines.
  extension: ['extension', 'directorynumber'],
  range: ['range', 'extensionrange'],
  phoneNumber: ['phonenumber', 'number', 'directline'],
};
const toPlain = (heading: string) => heading.toLowerCase().replace(/[^a-z0-9]/g, '');
const toRole = (heading: string): Role | undefined =>
  (Object.keys(ROLES) as Role[]).find((role) => ROLES[role].includes(toPlain(heading)));

/** Whether headings are those of a table of people. */
export const isOfPeople = (headings: readonly string[]): boolean =>
  headings.some((heading) => toRole(heading) === 'email');

/** The headings of the result, which may be submitted again. */
const OWN_PREFIX = 'seatline ';
export const isOwn = (heading: string): boolean => foldWords(heading).startsWith(OWN_PREFIX);

/**
 * What each column means, by the catalogue.
 * @throws {UnreadableText} where there is no column of addresses or of licenses, or two columns mean the same
 */
export function readColumns(
  { headings, rows, line }: Pick<Table, 'headings' | 'rows' | 'line'>,
  licenses: readonly License[],
): readonly Column[] {
  const columns = headings.map((heading, index) => ({
    index,
    heading,
    meaning: toMeaning(heading, licenses),
  }));
  const fail = (text: string): never => {
    throw new UnreadableText(`line ${line}: ${text}`);
  };
  const taken = new Map<string, string>();
  let wishes = 0;
  for (const { heading, meaning } of columns) {
    const [license, ...others] = meaning.kind === 'license' ? meaning.licenses : [];
    const key = meaning.kind === 'role' ? meaning.role : others.length === 0 ? license?.id : undefined;
    if (license || key === 'add' || key === 'remove' || meaning.kind === 'unknown') wishes += 1;
    if (key === undefined) continue;
    const first = taken.get(key);
    if (first !== undefined) fail(`the columns "${first}" and "${heading}" mean the same: keep one of them`);
    taken.set(key, heading);
  }
  const shown = headings.filter(Boolean).slice(0, 20).join(', ');
  if (!taken.has('email') && columns.length === 1)
    fail(`there is one column, "${shown}": separate columns by a comma, a semicolon, a tab or |`);
  if (!taken.has('email'))
    fail(
      `no column is called email or "User ID/Email (Required)"; there are ${shown}${toHint(headings, rows)}`,
    );
  if (wishes === 0) fail(`no column is called add or remove, or by a license; there are ${shown}`);
  return columns;
}

/** Control Hub translates its headings. */
function toHint(headings: readonly string[], rows: Table['rows']): string {
  const isOfAddresses = (_heading: string, index: number) =>
    rows.length > 0 && rows.every(({ cells }) => emailSchema.safeParse(toText(cells[index] ?? '')).success);
  const found = headings.filter(isOfAddresses).map((heading) => `"${heading}"`);
  return found.length > 0 ? `. Call ${found.join(' or ')} email: it has addresses` : '';
}

function toMeaning(heading: string, licenses: readonly License[]): Meaning {
  const role = toRole(heading);
  if (role !== undefined) return { kind: 'role', role };
  const folded = foldWords(heading);
  if (heading === '' || isOwn(heading)) return { kind: 'other' };
  if (PERSON_HEADINGS.has(folded) || FEATURE_HEADINGS.has(folded)) return { kind: 'other' };
  const named = parseHeading(heading);
  if (foldWords(named.name).includes('(suspended)')) return { kind: 'suspended' };
  const found = findNamed(named, licenses);
  if (found.length > 0) return { kind: 'license', licenses: found };
  const nearest = findNearest(
    named.name,
    licenses.map(({ name }) => name),
  );
  return named.place !== undefined || nearest !== undefined
    ? { kind: 'unknown', nearest: nearest && toLicenseText(nearest, licenses) }
    : { kind: 'other' };
}

/** A name with the subscriptions that have it: a heading may only name another one. */
function toLicenseText(name: string, licenses: readonly License[]): string {
  const subscriptions = licenses
    .filter((license) => license.name === name)
    .flatMap(({ subscriptionId }) => subscriptionId ?? []);
  return subscriptions.length > 0 ? `${name} in ${[...new Set(subscriptions)].join(' or ')}` : name;
}

interface Heading {
  readonly site: string | undefined;
  readonly name: string;
  /** In brackets: a subscription, or a site. */
  readonly place: string | undefined;
}

/** Such as `acme.webex.com - WebEx Meetings Suite [Sub100448]`. */
export function parseHeading(heading: string): Heading {
  const text = heading.trim();
  const bracket = text.endsWith(']') ? text.lastIndexOf('[') : -1;
  const place = bracket < 0 ? undefined : text.slice(bracket + 1, -1).trim();
  const rest = bracket < 0 ? text : text.slice(0, bracket).trim();
  const dash = rest.indexOf(' - ');
  const before = rest.slice(0, Math.max(dash, 0));
  // Names have a dash, too: "Webex Calling - Professional".
  const isSite = before.includes('.') && !/\s/.test(before);
  return { site: isSite ? before : undefined, name: isSite ? rest.slice(dash + 3).trim() : rest, place };
}

function findNamed({ site, name, place }: Heading, licenses: readonly License[]): readonly License[] {
  const named = findCandidates({ name, ...(site !== undefined && { siteUrl: site }) }, licenses);
  if (place === undefined || place === '') return named;
  const isAt = (text: string | null | undefined) => text && foldWords(text) === foldWords(place);
  return named.filter(({ subscriptionId, siteUrl }) => isAt(subscriptionId) || isAt(siteUrl));
}
