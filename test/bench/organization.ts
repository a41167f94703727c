import { generateOrganization } from '../../infra/local/webex/generated-organization.ts';
import { addPerson, type Organization } from '../../infra/local/webex/organization.ts';
import { LICENSE, toEmail } from './requests.ts';

/** Seats that are scarce are noted one by one, which is not measured. */
const PLENTY = 1_000;

/** An organization whose people hold nothing yet, with seats for all of them, and no name twice. */
export function createEmptyOrganization(people: number, licenses = 7): Organization {
  const organization = generateOrganization({ people: 0, licenses, seed: 1 });
  const names = new Set<string>();
  for (const [id, license] of organization.licenses) {
    const name = names.has(license.name) ? `${license.name} ${names.size}` : license.name;
    names.add(name);
    organization.licenses.set(id, { ...license, name, totalUnits: PLENTY + people });
  }
  for (let number = 0; number < people; number += 1) {
    addPerson(organization, { email: toEmail(number), licenses: [] });
  }
  return organization;
}

export function toLicenseId({ licenses }: Organization, license: string): string {
  const found = [...licenses.values()].find(({ name }) => name === license);
  if (!found) throw new Error(`The organization has no ${license}`);
  return found.id;
}

/** How many people hold the license. */
export function countHolders(organization: Organization): number {
  const id = toLicenseId(organization, LICENSE);
  return [...organization.people.values()].filter(({ licenses }) => licenses.has(id)).length;
}
