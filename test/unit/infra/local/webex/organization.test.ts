import { describe, expect, test } from '@jest/globals';
import { findPerson, isKnown, isListed } from '../../../../../infra/local/webex/directory.ts';
import { generateOrganization } from '../../../../../infra/local/webex/generated-organization.ts';
import { addPerson, type Organization } from '../../../../../infra/local/webex/organization.ts';
import { createRateLimiter } from '../../../../../infra/local/webex/rate-limit.ts';
import { seedOrganization } from '../../../../../infra/local/webex/seed.ts';

const licenseOf = ({ licenses }: Organization, name: string) => {
  const license = [...licenses.values()].find((other) => other.name === name);
  if (!license) throw new Error(`no ${name}`);
  return license;
};

describe('a simulated organization', () => {
  test('finds by id whoever was added after others were looked for, and only them', () => {
    const organization = seedOrganization();
    expect(findPerson(organization, { personId: 'nobody' })).toBeUndefined();
    const { id } = addPerson(organization, { email: 'New@example.com' });
    expect(findPerson(organization, { personId: id })?.email).toBe('new@example.com');
    organization.people.delete('new@example.com');
    expect(findPerson(organization, { personId: id })).toBeUndefined();
  });

  test('does not know a person before a time, and a look does not bring it nearer', () => {
    const person = addPerson(seedOrganization(), { email: 'late@example.com', unknownUntilMs: 1_000 });
    expect(isKnown(person, new Date(999))).toBe(false);
    expect(isListed(person, new Date(999))).toBe(false);
    expect(isKnown(person, new Date(1_000))).toBe(true);
  });

  test('frees what a replaced person held', () => {
    const organization = seedOrganization();
    const messaging = licenseOf(organization, 'Advanced Messaging');
    const before = messaging.consumedUnits;
    addPerson(organization, { email: 'grace@example.com' });
    expect(messaging.consumedUnits).toBe(before - 1);
    addPerson(organization, { email: 'grace@example.com', licenses: [messaging.id] });
    expect(messaging.consumedUnits).toBe(before);
  });

  test('seeds a line for everybody with Calling, and the free licenses for all', () => {
    const organization = seedOrganization();
    const professional = licenseOf(organization, 'Webex Calling - Professional');
    const free = licenseOf(organization, 'Call on Webex (1:1 call, non-PSTN)');
    const people = [...organization.people.values()];
    const withCalling = people.filter(({ licenses }) => licenses.has(professional.id));
    expect(withCalling.length).toBeGreaterThan(0);
    for (const { extension, locationId } of withCalling) {
      expect(extension).toMatch(/^\d+$/);
      expect(organization.locationIds.has(locationId ?? '')).toBe(true);
    }
    const { licenses } = people[0] ?? { licenses: new Set() };
    expect(licenses.has(free.id)).toBe(true);
    expect(free).toMatchObject({ totalUnits: 44, consumedUnits: 44 });
  });

  test('is the same at each start', () => {
    expect(seedOrganization()).toEqual(seedOrganization());
  });
});

describe('a generated organization', () => {
  test('is of the size that was asked for, and the same for the same seed', () => {
    const size = { people: 500, licenses: 23, seed: 7 };
    const organization = generateOrganization(size);
    expect({ people: organization.people.size, licenses: organization.licenses.size }).toEqual({
      people: 500,
      licenses: 23,
    });
    expect(generateOrganization(size)).toEqual(organization);
    expect(generateOrganization({ ...size, seed: 8 })).not.toEqual(organization);
  });

  test('counts what its people hold', () => {
    const { licenses, people } = generateOrganization({ people: 500, licenses: 11, seed: 7 });
    for (const { id, consumedUnits } of licenses.values()) {
      expect([...people.values()].filter((person) => person.licenses.has(id))).toHaveLength(consumedUnits);
    }
  });
});

describe('a rate limit', () => {
  test('lets so many through in each window, and says when the next begins', () => {
    let nowMs = 0;
    const limit = createRateLimiter({ requests: 2, perSeconds: 10 }, () => new Date(nowMs));
    expect([limit(), limit(), limit()]).toEqual([undefined, undefined, 10]);
    nowMs = 9_999;
    expect(limit()).toBe(1);
    nowMs = 10_000;
    expect(limit()).toBeUndefined();
  });
});
