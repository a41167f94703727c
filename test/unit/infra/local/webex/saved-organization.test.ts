import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { addPerson } from '../../../../../infra/local/webex/organization.ts';
import {
  readSavedOrganizations,
  saveOrganizations,
} from '../../../../../infra/local/webex/saved-organization.ts';
import { seedOrganization } from '../../../../../infra/local/webex/seed.ts';
import { seedCustomers } from '../../../../../infra/local/webex/seed-customers.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'seatline-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('the saved organizations', () => {
  test('come back as they were', async () => {
    const organizations = [seedOrganization(), ...seedCustomers()];
    for (const organization of organizations)
      addPerson(organization, { email: 'a@example.com', aliases: ['b@example.com'], unknownUntilMs: 7 });
    const path = join(folder, 'all.json');
    await saveOrganizations(path, organizations);
    expect(await readSavedOrganizations(path)).toEqual(organizations);
  });

  test('are none where nothing was saved', async () => {
    expect(await readSavedOrganizations(join(folder, 'none.json'))).toBeUndefined();
  });

  test('may be the one that an earlier version saved', async () => {
    const organization = {
      id: 'o',
      licenses: [],
      people: [
        [
          'a@example.com',
          {
            id: 'p',
            email: 'a@example.com',
            displayName: 'A',
            isExternal: false,
            licenses: ['l'],
            pendingLicenses: [],
            sites: [['acme.webex.com', 'HOST']],
            pendingSites: [],
            unknownLooks: 0,
          },
        ],
      ],
      locationIds: [],
      siteUrls: [],
    };
    const path = join(folder, 'old.json');
    await writeFile(path, JSON.stringify(organization));
    const [own, ...others] = (await readSavedOrganizations(path)) ?? [];
    expect(others).toEqual([]);
    const person = own?.people.get('a@example.com');
    expect(person?.licenses).toEqual(new Set(['l']));
    expect(person?.sites).toEqual(new Map([['acme.webex.com', 'HOST']]));
    expect(person?.aliases).toEqual([]);
  });
});
