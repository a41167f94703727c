import * as z from 'zod';

/** A setting that is empty counts as absent: cloud templates write empty strings for what is not set. */
const text = z.preprocess((value) => (value === '' ? undefined : value), z.string().optional());
const whole = (min: number, max: number, preset: number) =>
  z.preprocess(
    (value) => (value === '' ? undefined : value),
    z.coerce.number().int().min(min).max(max).default(preset),
  );
const list = text.transform(
  (value) =>
    value
      ?.split(',')
      .map((item) => item.trim())
      .filter(Boolean) ?? [],
);

const SCHEDULE_HINT = 'must be an NCRONTAB expression of five or six fields, such as "0 0 5 * * *"';
const schedule = z.string({ error: SCHEDULE_HINT }).regex(/^\s*\S+(\s+\S+){4,5}\s*$/, SCHEDULE_HINT);

/** Every setting the app knows. `AzureWebJobsStorage` is the Functions host's own, shared with the app. */
const settings = z.object({
  AzureWebJobsStorage: text,
  AzureWebJobsStorage__credential: text,
  AzureWebJobsStorage__clientId: text,
  AzureWebJobsStorage__blobServiceUri: text,
  AzureWebJobsStorage__queueServiceUri: text,
  AzureWebJobsStorage__tableServiceUri: text,
  WEBEX_ACCESS_TOKEN: z
    .string({ error: 'must be the access token of a Webex admin' })
    .min(1, 'must not be empty'),
  WEBEX_API_URL: text.pipe(
    z
      .url({ protocol: /^https?$/, error: 'must be an http or https URL' })
      .default('https://webexapis.com/v1')
      .transform((url) => url.replace(/\/+$/, '')),
  ),
  WEBEX_ORG_IDS: list,
  WEBEX_TIMEOUT_SECONDS: whole(1, 45, 30),
  CATALOGUE_MAX_AGE_SECONDS: whole(0, 86_400, 300),
  RETRY_BASE_SECONDS: whole(1, 3_600, 5),
  RETRY_HORIZON_HOURS: whole(1, 720, 72),
  PERSON_NOT_FOUND_DELAYS_SECONDS: list
    .transform((items) => (items.length === 0 ? ['300', '600', '1200', '2400'] : items))
    .pipe(
      z
        .array(
          z.coerce
            .number<string>({ error: 'must be seconds with commas between, such as "300,600"' })
            .int()
            .min(1)
            .max(86_400),
        )
        .max(20),
    ),
  INVENTORY_SCHEDULE: schedule,
  SWEEP_SCHEDULE: schedule,
});

export const SETTING_NAMES: readonly string[] = Object.keys(settings.shape);

/** Set by Azure on each instance: not a setting, and read with them. */
const INSTANCE_VARIABLE = 'WEBSITE_INSTANCE_ID';
const INSTANCE_NAME_LENGTH = 8;

/** How to reach one storage account: with keys, or as the app's identity. */
export type StorageConfig =
  | { readonly kind: 'connection-string'; readonly connectionString: string }
  | {
      readonly kind: 'identity';
      readonly clientId: string | undefined;
      readonly blobUrl: string;
      readonly queueUrl: string;
      readonly tableUrl: string;
    };

export interface Config {
  readonly storage: StorageConfig;
  /** Which of several instances this is, where the platform says so. */
  readonly instance: string | undefined;
  readonly webex: {
    readonly accessToken: string;
    readonly apiUrl: string;
    /** Organizations a request may name; without one, the token's own. */
    readonly orgIds: readonly string[];
    readonly timeoutMs: number;
  };
  readonly catalogueMaxAgeMs: number;
  readonly retry: {
    readonly baseMs: number;
    readonly horizonMs: number;
    readonly personNotFoundDelaysMs: readonly number[];
  };
}

/** A setting that keeps the app from starting. The message names the setting, never its value. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/**
 * Reads the settings once.
 * @throws {ConfigError} with one line per bad setting
 */
export function parseConfig(environment: Readonly<Record<string, string | undefined>>): Config {
  const parsed = settings.safeParse(environment);
  const storage = toStorageConfig(environment);
  if (!parsed.success || storage === undefined) {
    const lines = parsed.error?.issues.map((issue) => `${String(issue.path[0])} ${issue.message}`) ?? [];
    if (!storage) lines.push(STORAGE_HINT);
    throw new ConfigError(['Settings to correct:', ...new Set(lines)].join('\n  '));
  }
  const value = parsed.data;
  return {
    storage,
    instance: environment[INSTANCE_VARIABLE]?.slice(0, INSTANCE_NAME_LENGTH),
    webex: {
      accessToken: value.WEBEX_ACCESS_TOKEN,
      apiUrl: value.WEBEX_API_URL,
      orgIds: value.WEBEX_ORG_IDS,
      timeoutMs: value.WEBEX_TIMEOUT_SECONDS * 1_000,
    },
    catalogueMaxAgeMs: value.CATALOGUE_MAX_AGE_SECONDS * 1_000,
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
