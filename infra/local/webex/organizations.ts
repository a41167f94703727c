import { type Organization, toId } from './organization.ts';

/** Of these, the one with an id (padded or not) or a uuid; none where there is no such. */
export function findOrganization(
  organizations: readonly Organization[],
  orgId: string,
): readonly Organization[] {
  const ids = [orgId.replace(/=+$/, ''), toId(`ORGANIZATION/${orgId.toLowerCase()}`)];
  return organizations.filter(({ id }) => ids.includes(id));
}
