import { readFile, writeFile } from 'node:fs/promises';
import type { License, Organization, Person } from './organization.ts';

/** Keeps the simulated organization between runs, beside the storage that knows of it. */
export async function saveOrganization(path: string, organization: Organization): Promise<void> {
  const text = JSON.stringify(organization, (_name, value: unknown) =>
    value instanceof Map || value instanceof Set ? [...value] : value,
  );
  await writeFile(path, text);
}

type Saved = Omit<Organization, 'licenses' | 'people' | 'locationIds' | 'siteUrls'> & {
  licenses: [string, License][];
  people: [string, Omit<Person, 'licenses' | 'pendingLicenses' | 'sites' | 'pendingSites'> & SavedHoldings][];
  locationIds: string[];
  siteUrls: string[];
};
interface SavedHoldings {
  licenses: string[];
  pendingLicenses: string[];
  sites: [string, 'HOST' | 'ATTENDEE'][];
  pendingSites: [string, 'HOST' | 'ATTENDEE'][];
}

/** Undefined where none was saved yet. */
export async function readSavedOrganization(path: string): Promise<Organization | undefined> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  const saved: Saved = JSON.parse(text);
  const people = saved.people.map(([email, person]): [string, Person] => [
    email,
    {
      ...person,
      licenses: new Set(person.licenses),
      pendingLicenses: new Set(person.pendingLicenses),
      sites: new Map(person.sites),
      pendingSites: new Map(person.pendingSites),
    },
  ]);
  return {
    id: saved.id,
    licenses: new Map(saved.licenses),
    people: new Map(people),
    locationIds: new Set(saved.locationIds),
    siteUrls: new Set(saved.siteUrls),
  };
}
