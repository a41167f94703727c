import { ADMIN_ROLE_ID, type Organization, type Person } from './organization.ts';

/** What is told of a person on request. */
export interface Details {
  readonly callingData: boolean;
  readonly presence: boolean;
}

export const toDetails = ({ searchParams }: URL): Details => ({
  callingData: isTrue(searchParams, 'callingData'),
  presence: !isTrue(searchParams, 'excludeStatus'),
});

/** Some clients write `True`. */
export const isTrue = (query: URLSearchParams, name: string) => query.get(name)?.toLowerCase() === 'true';

/** The members that are told to every caller, also of people outside the organization. */
export function toNamedJson(organization: Organization, person: Person) {
  const [firstName, ...lastNames] = person.displayName.split(' ');
  return {
    id: person.id,
    emails: [person.email, ...person.aliases],
    ...(person.phoneNumber && {
      phoneNumbers: [{ type: 'work', value: person.phoneNumber, primary: true }],
    }),
    displayName: person.displayName,
    firstName,
    ...(lastNames.length > 0 && { lastName: lastNames.join(' ') }),
    orgId: person.orgId ?? organization.id,
    created: person.created,
    lastModified: person.created,
    type: 'person',
  };
}

export function toPersonJson(organization: Organization, person: Person, { callingData, presence }: Details) {
  const { licenses, sites, extension, locationId, lastActivity } = person;
  return {
    ...toNamedJson(organization, person),
    ...(callingData && { extension, locationId }),
    ...(presence && { lastActivity, status: lastActivity === undefined ? 'pending' : 'inactive' }),
    roles: toRoles(organization, person),
    licenses: [...licenses],
    siteUrls: [...sites].map(([siteUrl, type]) => (type === 'ATTENDEE' ? `${siteUrl}#attendee` : siteUrl)),
    invitePending: 'false',
    loginEnabled: 'true',
  };
}

/** The first of all people is the administrator. */
export function toRoles({ people }: Organization, { id }: Person): readonly string[] {
  const [admin] = people.values();
  return admin?.id === id ? [ADMIN_ROLE_ID] : [];
}
