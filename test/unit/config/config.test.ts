import { describe, expect, test } from '@jest/globals';
import { ConfigError, parseConfig } from '../../../src/config/config.ts';

const valid = {
  AzureWebJobsStorage: 'UseDevelopmentStorage=true',
  WEBEX_ACCESS_TOKEN: 'secret-token',
  INVENTORY_SCHEDULE: '0 0 5 * * *',
  SWEEP_SCHEDULE: '0 * * * * *',
};
const messageOf = (environment: Record<string, string>) => {
  try {
    parseConfig(environment);
    return '';
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return String(error);
  }
};

/** Of a person, and no organization. */
const PERSON_ID = Buffer.from('ciscospark://us/PEOPLE/96abc2aa-3dcc-11e5-a152-fe34819cdc9a').toString(
  'base64',
);

describe('the configuration', () => {
  test('has defaults for all but storage, token and schedules', () => {
    expect(parseConfig(valid)).toEqual({
      storage: { kind: 'connection-string', connectionString: 'UseDevelopmentStorage=true' },
      alertLimits: { freeUnits: 0, percentUsed: 95, daysLeft: 30 },
      instance: undefined,
      hrSources: new Map(),
      webex: {
        credentials: { kind: 'token', accessToken: 'secret-token' },
        apiUrl: 'https://webexapis.com/v1',
        orgIds: [],
        timeoutMs: 30_000,
      },
      inventoryAssignments: 'off',
      adoptOnFirstRun: false,
      driftRepair: 'off',
      retentionMs: 7_776_000_000,
      catalogueMaxAgeMs: 300_000,
      seats: { otherwise: 'wait', byLicense: new Map() },
      removals: { perHour: 20, perDay: undefined, callingPerHour: 5, callingPerDay: 20 },
      retry: {
        baseMs: 5_000,
        horizonMs: 259_200_000,
        personNotFoundDelaysMs: [300_000, 600_000, 1_200_000, 2_400_000],
      },
    });
  });

  test('takes a limit of people as a number or as off, and nothing else', () => {
    expect(parseConfig({ ...valid, REMOVALS_PER_HOUR: 'off', REMOVALS_PER_DAY: '50' }).removals).toEqual({
      ...{ perHour: 'off', perDay: 50, callingPerHour: 5, callingPerDay: 20 },
    });
    for (const bad of ['0', '-1', '2.5', '1001', 'none', 'OFF'])
      expect(() => parseConfig({ ...valid, REMOVALS_PER_HOUR: bad })).toThrow(
        'REMOVALS_PER_HOUR must be a whole number from 1 to 1000, or off',
      );
  });

  test('takes an empty setting for an absent one', () => {
    const empty = {
      WEBEX_API_URL: '',
      WEBEX_ORG_IDS: '',
      WEBEX_TIMEOUT_SECONDS: '',
      REMOVALS_PER_HOUR: '',
      REMOVALS_PER_DAY: '',
      PERSON_NOT_FOUND_DELAYS_SECONDS: '',
    };
    expect(parseConfig({ ...valid, ...empty })).toEqual(parseConfig(valid));
  });

  test('reaches storage as the identity of the app', () => {
    const { AzureWebJobsStorage: _none, ...rest } = valid;
    const { storage } = parseConfig({
      ...rest,
      AzureWebJobsStorage__blobServiceUri: 'https://b',
      AzureWebJobsStorage__queueServiceUri: 'https://q',
      AzureWebJobsStorage__tableServiceUri: 'https://t',
      AzureWebJobsStorage__clientId: 'c',
    });
    expect(storage).toEqual({
      kind: 'identity',
      clientId: 'c',
      blobUrl: 'https://b',
      queueUrl: 'https://q',
      tableUrl: 'https://t',
    });
  });

  test('takes a Service App before a token', () => {
    const app = { WEBEX_CLIENT_ID: 'c', WEBEX_CLIENT_SECRET: 's', WEBEX_REFRESH_TOKEN: 'r' };
    expect(
      parseConfig({ ...valid, ...app, KEY_VAULT_URL: 'https://v.vault.azure.net' }).webex.credentials,
    ).toEqual({
      kind: 'service-app',
      clientId: 'c',
      clientSecret: 's',
      refreshToken: 'r',
      keyVaultUrl: 'https://v.vault.azure.net',
    });
    expect(messageOf({ ...valid, WEBEX_ACCESS_TOKEN: '', WEBEX_CLIENT_ID: 'c' })).toContain(
      'WEBEX_REFRESH_TOKEN',
    );
  });

  test.each([
    ['KEY_VAULT_URL', 'http://x'],
    ['WEBEX_API_URL', 'ftp://x'],
    ['WEBEX_TIMEOUT_SECONDS', '0'],
    ['WEBEX_TIMEOUT_SECONDS', 'soon'],
    ['RETRY_HORIZON_HOURS', '1.5'],
    ['PERSON_NOT_FOUND_DELAYS_SECONDS', '300,soon'],
    ['INVENTORY_SCHEDULE', 'daily'],
    ['SWEEP_SCHEDULE', ''],
    ['WEBEX_ORG_IDS', 'nope'],
    ['WEBEX_ORG_IDS', `96abc2aa-3dcc-11e5-a152-fe34819cdc9a,${PERSON_ID}`],
  ])('names %s where it is %j', (name, value) => {
    expect(messageOf({ ...valid, [name]: value })).toContain(`\n  ${name} `);
  });

  test('names all that is missing at once, and tells no value', () => {
    const message = messageOf({
      WEBEX_ACCESS_TOKEN: 'secret-token',
      WEBEX_API_URL: 'https://user:secret-token@x',
      RETRY_BASE_SECONDS: '-1',
    });
    for (const name of [
      'AzureWebJobsStorage',
      'RETRY_BASE_SECONDS',
      'INVENTORY_SCHEDULE',
      'SWEEP_SCHEDULE',
    ]) {
      expect(message).toContain(`  ${name} `);
    }
    expect(message).not.toContain('secret-token');
  });
});
