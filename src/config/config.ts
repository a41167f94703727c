import type { RemovalSettings } from '../guardrails/limits.ts';
import { parseSources, type Source } from '../hr/sources/sources.ts';
import type { NoSeatsPolicy } from '../seats/pool.ts';
import type { StorageConfig } from '../storage/clients.ts';
import { toComparableName } from '../webex/license-name.ts';
import type { WebexCredentials } from '../webex/tokens/token-source.ts';
import { settingsSchema } from './settings.ts';

/** Azure sets it on each instance: no setting, and read with the settings. */
const INSTANCE_VARIABLE = 'WEBSITE_INSTANCE_ID';
const INSTANCE_NAME_LENGTH = 8;

export interface Config {
  readonly storage: StorageConfig;
  /** The HR systems that may send events, by name. */
  readonly hrSources: ReadonlyMap<string, Source>;
  /** The id of this instance, where the platform sets one. */
  readonly instance: string | undefined;
  readonly webex: {
    readonly credentials: WebexCredentials;
    readonly apiUrl: string;
    /** Organizations that a request may name beside the token's own. */
    readonly orgIds: readonly string[];
    readonly timeoutMs: number;
  };
  readonly catalogueMaxAgeMs: number;
  /** The licenses for which the inventory lists the holders. */
  readonly inventoryAssignments: 'off' | 'paid' | 'all';
  /** Whether the first adoption begins by itself. */
  readonly adoptOnFirstRun: boolean;
  /** What is repaired of the differences of what people hold and what they should hold. */
  readonly driftRepair: 'off' | 'add' | 'add-and-remove';
  /** Of records since they ended. */
  readonly retentionMs: number;
  /** Of the files of the audit trail, where it is set. */
  readonly auditRetentionDays?: number;
  readonly seats: NoSeatsPolicy;
  readonly removals: RemovalSettings;
  /** The thresholds of the alerts for a license; 0 disables an alert. */
  readonly alertLimits: {
    readonly freeUnits: number;
    readonly percentUsed: number;
    readonly daysLeft: number;
  };
  readonly retry: {
    readonly baseMs: number;
    readonly horizonMs: number;
    readonly personNotFoundDelaysMs: readonly number[];
  };
}

/** Startup fails with the name of each invalid setting, and never its value. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/**
 * Reads the settings, once.
 * @throws {ConfigError} with one line per invalid setting
 */
export function parseConfig(environment: Readonly<Record<string, string | undefined>>): Config {
  // Used once: zod would compile the schema, which takes 10 ms.
  const parsed = settingsSchema.safeParse(environment, { jitless: true });
  const storage = toStorageConfig(environment);
  const credentials = toCredentials(environment);
  const hrSources = parseSources(environment.HR_SOURCES);
  if (!parsed.success || !storage || !credentials || typeof hrSources === 'string') {
    const lines = parsed.error?.issues.map((issue) => `${String(issue.path[0])} ${issue.message}`) ?? [];
    if (!storage) lines.push(STORAGE_HINT);
    if (!credentials) lines.push(CREDENTIALS_HINT);
    if (typeof hrSources === 'string') lines.push(`HR_SOURCES ${hrSources}`);
    throw new ConfigError(['Settings to correct:', ...new Set(lines)].join('\n  '));
  }
  const value = parsed.data;
  return {
    storage,
    hrSources,
    instance: environment[INSTANCE_VARIABLE]?.slice(0, INSTANCE_NAME_LENGTH),
    webex: {
      credentials,
      apiUrl: value.WEBEX_API_URL,
      orgIds: value.WEBEX_ORG_IDS,
      timeoutMs: value.WEBEX_TIMEOUT_SECONDS * 1_000,
    },
    inventoryAssignments: value.INVENTORY_ASSIGNMENTS,
    adoptOnFirstRun: value.ADOPT_ON_FIRST_RUN === 'on',
    driftRepair: value.DRIFT_REPAIR,
    retentionMs: value.RETENTION_DAYS * 86_400_000,
    ...(value.AUDIT_RETENTION_DAYS !== undefined && { auditRetentionDays: value.AUDIT_RETENTION_DAYS }),
    catalogueMaxAgeMs: value.CATALOGUE_MAX_AGE_SECONDS * 1_000,
    seats: {
      otherwise: value.NO_SEATS,
      byLicense: new Map(
        Object.entries(value.NO_SEATS_BY_LICENSE).flatMap(([license, then]) => [
          [license, then],
          [toComparableName(license), then],
        ]),
      ),
    },
    removals: {
      perHour: value.REMOVALS_PER_HOUR,
      perDay: value.REMOVALS_PER_DAY,
      callingPerHour: value.CALLING_REMOVALS_PER_HOUR,
      callingPerDay: value.CALLING_REMOVALS_PER_DAY,
    },
    alertLimits: {
      freeUnits: value.ALERT_FREE_UNITS,
      percentUsed: value.ALERT_PERCENT_USED,
      daysLeft: value.ALERT_DAYS_LEFT,
    },
    retry: {
      baseMs: value.RETRY_BASE_SECONDS * 1_000,
      horizonMs: value.RETRY_HORIZON_HOURS * 3_600_000,
      personNotFoundDelaysMs: value.PERSON_NOT_FOUND_DELAYS_SECONDS.map((seconds) => seconds * 1_000),
    },
  };
}

const STORAGE_HINT =
  'AzureWebJobsStorage must be a connection string (or UseDevelopmentStorage=true for Azurite), or all of ' +
  'AzureWebJobsStorage__blobServiceUri, __queueServiceUri and __tableServiceUri must be set';

function toStorageConfig(
  environment: Readonly<Record<string, string | undefined>>,
): StorageConfig | undefined {
  const { AzureWebJobsStorage: connectionString, AzureWebJobsStorage__clientId: clientId } = environment;
  if (connectionString) return { kind: 'connection-string', connectionString };
  const [blobUrl, queueUrl, tableUrl] = ['blob', 'queue', 'table'].map(
    (service) => environment[`AzureWebJobsStorage__${service}ServiceUri`],
  );
  if (!blobUrl || !queueUrl || !tableUrl) return undefined;
  return { kind: 'identity', clientId: clientId || undefined, blobUrl, queueUrl, tableUrl };
}

const CREDENTIALS_HINT =
  'WEBEX_ACCESS_TOKEN must be the access token of a Webex admin, or all of WEBEX_CLIENT_ID, ' +
  'WEBEX_CLIENT_SECRET and WEBEX_REFRESH_TOKEN must be those of a Service App';

function toCredentials(
  environment: Readonly<Record<string, string | undefined>>,
): WebexCredentials | undefined {
  const { WEBEX_ACCESS_TOKEN: accessToken, KEY_VAULT_URL: keyVaultUrl } = environment;
  const { WEBEX_CLIENT_ID: clientId, WEBEX_CLIENT_SECRET: clientSecret } = environment;
  const refreshToken = environment.WEBEX_REFRESH_TOKEN;
  if (clientId && clientSecret && refreshToken) {
    return {
      kind: 'service-app',
      clientId,
      clientSecret,
      refreshToken,
      keyVaultUrl: keyVaultUrl || undefined,
    };
  }
  return accessToken ? { kind: 'token', accessToken } : undefined;
}
