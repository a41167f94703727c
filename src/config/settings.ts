import * as z from 'zod';
import { toUuid } from '../webex/webex-id.ts';

/** An empty setting counts as absent: cloud templates write empty strings for unset values. */
const orAbsent = <T extends z.ZodType>(schema: T) =>
  z.preprocess((value) => (value === '' ? undefined : value), schema);
const text = orAbsent(z.string().optional());
const wholeNumber = (min: number, max: number) => {
  const error = `must be a whole number from ${min} to ${max}`;
  return z.coerce.number({ error }).int(error).min(min, error).max(max, error);
};
const whole = (min: number, max: number, preset: number) => orAbsent(wholeNumber(min, max).default(preset));
/** So that the people who count fit in one row of a table, which has 1 MiB. */
const MOST_PER_HOUR = 1_000;
const MOST_PER_DAY = 4_000;
/** A number of people, or `off`. */
const people = (max: number) => {
  const error = `must be a whole number from 1 to ${max}, or off`;
  return z.union([z.literal('off'), z.coerce.number({ error }).int(error).min(1, error).max(max, error)], {
    error,
  });
};
const list = text.transform(
  (value) =>
    value
      ?.split(',')
      .map((item) => item.trim())
      .filter(Boolean) ?? [],
);

const SCHEDULE_HINT = 'must be an NCRONTAB expression of five or six fields, such as "0 0 5 * * *"';
const schedule = z.string({ error: SCHEDULE_HINT }).regex(/^\s*\S+(\s+\S+){4,5}\s*$/, SCHEDULE_HINT);

const NO_SEATS = ['wait', 'overage', 'reject'] as const;
const noSeats = z.enum(NO_SEATS, { error: `must be one of ${NO_SEATS.join(', ')}` });

/** Undefined for invalid JSON: no schema accepts it. */
function toJson(value = '{}'): unknown {
  try {
    return JSON.parse(value);
  } catch {
    return undefined;
  }
}

/** Every setting the app knows. `AzureWebJobsStorage` is the Functions host's own, shared with the app. */
export const settingsSchema = z.object({
  AzureWebJobsStorage: text,
  AzureWebJobsStorage__credential: text,
  AzureWebJobsStorage__clientId: text,
  AzureWebJobsStorage__blobServiceUri: text,
  AzureWebJobsStorage__queueServiceUri: text,
  AzureWebJobsStorage__tableServiceUri: text,
  WEBEX_ACCESS_TOKEN: text,
  WEBEX_CLIENT_ID: text,
  WEBEX_CLIENT_SECRET: text,
  WEBEX_REFRESH_TOKEN: text,
  KEY_VAULT_URL: text.pipe(z.url({ protocol: /^https$/, error: 'must be an https URL' }).optional()),
  WEBEX_API_URL: text.pipe(
    z
      .url({ protocol: /^https?$/, error: 'must be an http or https URL' })
      .default('https://webexapis.com/v1')
      .transform((url) => url.replace(/(?<!\/)\/+$/, '')),
  ),
  WEBEX_ORG_IDS: list.refine((ids) => ids.every((id) => toUuid('ORGANIZATION', id) !== undefined), {
    error: 'must be ids of organizations, each a uuid or an id of Webex, separated by commas',
  }),
  HR_SOURCES: text,
  WEBEX_TIMEOUT_SECONDS: whole(1, 45, 30),
  CATALOGUE_MAX_AGE_SECONDS: whole(0, 86_400, 300),
  RETRY_BASE_SECONDS: whole(1, 3_600, 5),
  RETRY_HORIZON_HOURS: whole(1, 720, 72),
  RETENTION_DAYS: whole(1, 3_650, 90),
  AUDIT_RETENTION_DAYS: orAbsent(wholeNumber(1, 146_000).optional()),
  NO_SEATS: text.pipe(noSeats.default('wait')),
  NO_SEATS_BY_LICENSE: text.transform(toJson).pipe(
    z.record(z.string(), noSeats, {
      error: 'must be a JSON object such as {"Webex Webinars 1000":"reject"}',
    }),
  ),
  PERSON_NOT_FOUND_DELAYS_SECONDS: list
    .transform((items) => (items.length === 0 ? ['300', '600', '1200', '2400'] : items))
    .pipe(
      z
        .array(
          z.coerce
            .number<string>({ error: 'must be seconds separated by commas, such as "300,600"' })
            .int()
            .min(1)
            .max(86_400),
        )
        .max(20),
    ),
  INVENTORY_ASSIGNMENTS: orAbsent(
    z.enum(['off', 'paid', 'all'], { error: 'must be off, paid or all' }).default('off'),
  ),
  ADOPT_ON_FIRST_RUN: orAbsent(z.enum(['off', 'on'], { error: 'must be off or on' }).default('off')),
  DRIFT_REPAIR: orAbsent(
    z.enum(['off', 'add', 'add-and-remove'], { error: 'must be off, add or add-and-remove' }).default('off'),
  ),
  REMOVALS_PER_HOUR: orAbsent(people(MOST_PER_HOUR).default(20)),
  REMOVALS_PER_DAY: orAbsent(people(MOST_PER_DAY).optional()),
  CALLING_REMOVALS_PER_HOUR: orAbsent(people(MOST_PER_HOUR).default(5)),
  CALLING_REMOVALS_PER_DAY: orAbsent(people(MOST_PER_DAY).default(20)),
  ALERT_FREE_UNITS: whole(0, 1_000_000, 0),
  ALERT_PERCENT_USED: whole(0, 100, 95),
  ALERT_DAYS_LEFT: whole(0, 365, 30),
  INVENTORY_SCHEDULE: schedule,
  SWEEP_SCHEDULE: schedule,
});

export const SETTING_NAMES: readonly string[] = Object.keys(settingsSchema.shape);
