import type { LicenseRequest } from '../requests/license-request.ts';
import { toItems } from '../requests/record/items.ts';
import type { RequestRecord } from '../requests/record/record.ts';
import { findCandidates, isCallingId } from '../webex/catalogue.ts';
import type { License } from '../webex/license.ts';
import type { Person } from './person.ts';
import type { Reconciled } from './reconcile.ts';

/** A request holds this many of each: the others follow in the next one. */
const MAX_ITEMS = 50;
const MAX_REASON = 200;

/** The license request for what a person lacks or has too much; undefined where nothing is to be done. */
export function toRequest(
  person: Person,
  { adds, removes, decisions }: Reconciled,
  catalogue: readonly License[],
  policyVersion: string,
): LicenseRequest | undefined {
  const email = newestEmails(person).at(-1);
  if (adds.length + removes.length === 0 || (email === undefined && person.personId === undefined))
    return undefined;
  const isSite = (id: string) => id.startsWith('site:');
  const removed = removes.filter((id) => !isSite(id)).slice(0, MAX_ITEMS);
  const added = adds.filter(({ id }) => !isSite(id)).slice(0, MAX_ITEMS - removed.length);
  const site = (id: string, operation: 'add' | 'remove') =>
    isSite(id) ? [{ siteUrl: id.slice('site:'.length), accountType: 'attendee' as const, operation }] : [];
  const why = new Set(
    decisions.flatMap((decision) => (/add|remove/.test(decision.action) ? [decision.why] : [])),
  );
  return {
    version: 1,
    // The id is whom Webex confirmed; the address is for people who read the request, the approval and the trail.
    person: {
      ...(email !== undefined && { email }),
      ...(person.personId !== undefined && { personId: person.personId }),
    },
    licenses: [
      ...added.flatMap(({ give: { reference, properties } }) =>
        typeof reference === 'object' && !('name' in reference)
          ? []
          : [{ license: reference, operation: 'add' as const, ...(properties && { properties }) }],
      ),
      ...removed.map((license) => ({ license, operation: 'remove' as const })),
    ],
    siteUrls: [
      ...adds.flatMap(({ id }) => site(id, 'add')),
      ...removes.flatMap((id) => site(id, 'remove')),
    ].slice(0, MAX_ITEMS),
    source: person.employees.at(-1)?.source,
    reason: `policy ${policyVersion}: ${[...why].join('; ')}`.slice(0, MAX_REASON),
    ...(removed.some((id) => isCallingId(id, catalogue)) && { allowCallingRemoval: true }),
  };
}

/** The address that HR named last of each employee, the newest last. */
export function newestEmails({ employees }: Pick<Person, 'employees'>): readonly string[] {
  const newest = employees.flatMap(({ facts }) => {
    const named = facts.filter(({ email }) => email !== undefined);
    return named.sort((a, b) => a.said.getTime() - b.said.getTime()).slice(-1);
  });
  const inOrder = [...newest].sort((a, b) => a.said.getTime() - b.said.getTime());
  return [...new Set(inOrder.flatMap(({ email }) => email ?? []))];
}

/** Whether an open request still asks for exactly this: what it has done is not compared. */
export function asksSame(
  { request, results }: RequestRecord,
  wanted: LicenseRequest | undefined,
  person: Person,
  catalogue: readonly License[],
): boolean {
  if (request === undefined || wanted === undefined) return false;
  const toKeys = (of: LicenseRequest, isLeft: (index: number) => boolean) =>
    toItems(of)
      .filter(({ index }) => isLeft(index))
      .map((item) => {
        if (item.kind === 'site') return `${item.operation} ${item.siteUrl}`;
        const ids = findCandidates(item.reference, catalogue).map(({ id }) => id);
        return JSON.stringify([item.operation, ids.sort(), item.properties ?? {}]);
      })
      .sort()
      .join('\n');
  const isSamePerson =
    request.person.personId === wanted.person.personId ||
    (request.person.email !== undefined && person.emails.includes(request.person.email));
  const isLeft = (index: number) => (results[index]?.result ?? 'wanted') === 'wanted';
  return isSamePerson && toKeys(request, isLeft) === toKeys(wanted, () => true);
}

/** The id of the next request of a person: of a form that no caller may give. */
export const toRequestId = ({ personKey, revision }: Person): string => `hr-${personKey}.${revision + 1}.1`;

/** The key of the person for whom a request of HR was made, as its id has it; none of others. */
export const toAskedBy = ({ requestId, origin }: RequestRecord): readonly string[] =>
  origin?.channel === 'hr' ? [requestId.slice('hr-'.length).split('.', 1)[0] ?? ''] : [];
