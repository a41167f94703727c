import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { licenseRequestSchema } from '../../../src/requests/license-request.ts';
import { toFailure } from '../../../src/webex/errors/failure.ts';
import { licenseListSchema, licenseSchema } from '../../../src/webex/license.ts';
import { licenseUsersShape } from '../../../src/webex/license-users.ts';
import { personSchema, userLicensesSchema } from '../../../src/webex/user-licenses.ts';

describe('whatever JSON Webex sends', () => {
  const schemas = {
    licenseListSchema,
    licenseSchema,
    licenseUsersShape,
    personSchema,
    userLicensesSchema,
  };
  const nearly = fc.record(
    {
      id: fc.jsonValue(),
      name: fc.jsonValue(),
      items: fc.jsonValue(),
      users: fc.jsonValue(),
      licenses: fc.jsonValue(),
      siteUrls: fc.jsonValue(),
      pendingLicenses: fc.jsonValue(),
      totalUnits: fc.jsonValue(),
    },
    { requiredKeys: [] },
  );

  test.each(Object.entries(schemas))('is read or refused by %s, and never thrown at', (_name, schema) => {
    fc.assert(
      fc.property(
        fc.oneof(fc.jsonValue(), nearly),
        (value) => typeof schema.safeParse(value).success === 'boolean',
      ),
    );
  });

  test('has a named failure, whatever its status and body', () => {
    const body = fc.oneof(
      fc.string(),
      fc.json(),
      fc
        .record({ errors: fc.jsonValue(), message: fc.jsonValue(), error: fc.jsonValue() })
        .map((value) => JSON.stringify(value)),
    );
    fc.assert(
      fc.property(fc.integer({ min: 100, max: 599 }), body, (status, text) => {
        const failure = toFailure({ status, body: text }, 'person');
        return failure.condition.length > 0 && failure.remedy.length > 0 && failure.status === status;
      }),
    );
  });

  test('of what a person has is kept, members that nobody knows too', () => {
    const answer = {
      orgId: 'o',
      personId: 'p',
      email: 'e',
      licenses: ['a'],
      siteUrls: [{ siteUrl: 's', accountType: 'HOST', since: 1 }],
      later: { x: 1 },
    };
    expect(userLicensesSchema.parse(answer)).toEqual({
      ...answer,
      siteUrls: [{ siteUrl: 's', accountType: 'host', since: 1 }],
      pendingLicenses: [],
      pendingSiteUrls: [],
    });
  });
});

describe('any valid license request', () => {
  const word = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9 -]{0,20}[A-Za-z0-9]$/);
  const operation = fc.constantFrom('add', 'remove');
  const properties = fc.record(
    {
      locationId: word,
      phoneNumber: fc.stringMatching(/^\+[1-9]\d{6,14}$/),
      extension: fc.stringMatching(/^\d{1,10}$/),
    },
    { requiredKeys: [] },
  );
  const reference = fc.oneof(word, fc.record({ name: word, subscriptionId: word }));
  const item = fc.record({ license: reference, operation, properties }, { requiredKeys: ['license'] });
  const request = fc.record(
    {
      requestId: fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$/),
      person: fc.oneof(
        fc.record({ personId: word }),
        fc.record({
          email: fc.emailAddress({ size: 'small' }).filter((email) => /^[a-z0-9.]+@/i.test(email)),
        }),
      ),
      licenses: fc.uniqueArray(item, {
        minLength: 1,
        maxLength: 10,
        selector: ({ license }) => JSON.stringify(license),
      }),
      effectiveAt: fc
        .date({ noInvalidDate: true, min: new Date('2020-01-01'), max: new Date('2099-01-01') })
        .map((date) => date.toISOString()),
      dryRun: fc.boolean(),
      allowCallingRemoval: fc.boolean(),
      reason: word,
      source: word,
    },
    { requiredKeys: ['person', 'licenses'] },
  );

  test('is the same after a way through JSON', () => {
    fc.assert(
      fc.property(request, (value) => {
        const parsed = licenseRequestSchema.parse(value);
        expect(licenseRequestSchema.parse(JSON.parse(JSON.stringify(parsed)))).toEqual(parsed);
      }),
    );
  });
});
