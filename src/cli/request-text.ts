import * as z from 'zod';
import { toUuid } from '../webex/webex-id.ts';

const placedNameSchema = z.object({
  name: z.string(),
  subscriptionId: z.string().optional(),
  siteUrl: z.string().optional(),
});
const licenseSchema = z.union([z.string(), placedNameSchema]);

const itemSchema = z.object({
  license: licenseSchema.optional(),
  siteUrl: z.string().optional(),
  operation: z.string(),
  licenses: z.array(placedNameSchema).optional(),
  result: z.string(),
  changed: z.boolean().optional(),
  by: z.string().optional(),
  condition: z.string().optional(),
  code: z.number().optional(),
  detail: z.string().optional(),
  locationName: z.string().optional(),
  properties: z.object({ extension: z.string().optional(), phoneNumber: z.string().optional() }).optional(),
});

const originSchema = z.object({ channel: z.string(), key: z.string().optional() });

/** A request as `--json` prints it; the API sends more. */
export const requestSchema = z.object({
  requestId: z.string(),
  state: z.string(),
  waiting: z
    .object({
      for: z.string(),
      until: z.string(),
      cause: z.string().optional(),
      condition: z.string().optional(),
      detail: z.string().optional(),
    })
    .optional(),
  failure: z
    .object({
      condition: z.string(),
      detail: z.string(),
      errors: z.array(z.object({ pointer: z.string(), detail: z.string() })).default([]),
    })
    .optional(),
  redriveMayHelp: z.boolean().optional(),
  origin: originSchema.optional(),
  request: z
    .object({
      person: z.object({ email: z.string().optional(), personId: z.string().optional() }),
      source: z.string().optional(),
      reason: z.string().optional(),
      orgId: z.string().optional(),
      effectiveAt: z.string().optional(),
      until: z.string().optional(),
      batch: z.string().optional(),
      dryRun: z.boolean().optional(),
      licenses: z.array(z.object({ license: licenseSchema, operation: z.string() })).optional(),
      siteUrls: z.array(z.object({ siteUrl: z.string(), operation: z.string() })).optional(),
    })
    .optional(),
  results: z.array(itemSchema).optional(),
  personId: z.string().optional(),
  attempts: z.number(),
  acceptedAt: z.string().optional(),
  updatedAt: z.string(),
  original: z.string().optional(),
  history: z.array(
    z.object({
      at: z.string(),
      state: z.string(),
      attempt: z.number(),
      detail: z.string().optional(),
      status: z.number().optional(),
      trackingId: z.string().optional(),
      by: originSchema.optional(),
      count: z.number().optional(),
      lastAt: z.string().optional(),
    }),
  ),
});

export type ShownRequest = z.output<typeof requestSchema>;

export const FINAL = new Set(['succeeded', 'partial', 'failed', 'superseded', 'cancelled']);
export const isFinal = ({ state }: ShownRequest): boolean => FINAL.has(state);

/** The reason to wait, with the cause that `seatline approve` takes. */
export const toReason = ({ for: reason, cause }: { for: string; cause?: string | undefined }): string =>
  cause === undefined ? reason : `${reason} under ${cause}`;

/** The id of a request, its state, and the reason of its wait. */
export const toStateText = ({ requestId, state, waiting, request }: ShownRequest): string => {
  const when = state === 'scheduled' && request?.effectiveAt ? ` for ${request.effectiveAt}` : '';
  return `${requestId}  ${state}${waiting ? ` (${toReason(waiting)}) until ${waiting.until}` : when}`;
};

/** The organization of a request, by its uuid where the id contains it; undefined for the token's own. */
export function toOrganization({ request }: ShownRequest): string | undefined {
  const { orgId } = request ?? {};
  return orgId && (toUuid('ORGANIZATION', orgId) ?? orgId);
}

/** The text of a request: its state, the result of each license, and its history. */
export function toRequestLines(request: ShownRequest): readonly string[] {
  const { person } = request.request ?? {};
  const { waiting, failure, results = [], original } = request;
  const organization = toOrganization(request);
  return [
    toStateText(request),
    ...(waiting?.condition ? [`  waits for ${waiting.condition}: ${waiting.detail ?? ''}`] : []),
    ...(person ? [`  person    ${person.email ?? person.personId}`] : []),
    ...(person ? [`  org       ${organization ?? "the token's own"}`] : []),
    ...toAskedLines(request),
    `  attempts  ${request.attempts}`,
    ...results.map(toItemText),
    ...(failure && results.length === 0 ? [`  failure   ${failure.condition}: ${failure.detail}`] : []),
    ...(results.length === 0 ? (failure?.errors ?? []).map(toErrorText) : []),
    ...(original === undefined ? [] : [`  original  ${original}`]),
    ...[toStep(request) ?? []].flat().map((step) => `  next      ${step}`),
    ...toAgainLines(request),
    '  history',
    ...request.history.map(({ at, state, detail, status, trackingId, by, count, lastAt }) =>
      [
        ...['   ', at, state.padEnd(9), status, detail],
        count && `${count} times, the last at ${lastAt}`,
        ...[by?.key && `with key ${by.key}`, trackingId],
      ]
        .filter((part) => part !== undefined)
        .join(' '),
    ),
  ];
}

/** What a person can do for a request that waits; undefined where it goes on by itself. */
export function toStep({ waiting }: ShownRequest): string | undefined {
  if (waiting?.cause !== undefined) return `seatline approve ${waiting.cause} --reason …`;
  if (waiting?.for === 'no-extension' || waiting?.for === 'no-phone-number') return waiting.detail;
  if (waiting?.for === 'no-seats') return 'free or buy seats: it goes on by itself';
  if (waiting?.for === 'person-not-found') return 'create the person at Webex, or correct the address';
  return waiting?.for === 'paused-by-operator' ? 'seatline resume --reason …' : undefined;
}

function toAgainLines({ requestId, failure, redriveMayHelp }: ShownRequest): readonly string[] {
  if (failure === undefined || redriveMayHelp === undefined) return [];
  const what = redriveMayHelp
    ? `seatline redrive ${requestId}`
    : 'correct the fields that are named, and submit it again under another id';
  return [`  again     ${what}`];
}

function toAskedLines({ origin, request }: ShownRequest): readonly string[] {
  const { source, reason } = request ?? {};
  const parts = [
    origin && `over ${origin.channel}`,
    origin?.key && `with key ${origin.key}`,
    source && `by ${source}`,
  ];
  const text = [...parts, reason && `(${reason})`].filter(Boolean).join(' ');
  return text === '' ? [] : [`  asked     ${text}`];
}

const toErrorText = ({ pointer, detail }: { pointer: string; detail: string }) =>
  `            ${pointer || 'the message'} ${detail}`;

/** Such as `Webex Suite (Sub100448)`. */
export const toPlacedText = ({
  name,
  siteUrl,
  subscriptionId,
}: z.output<typeof placedNameSchema>): string => {
  const places = [siteUrl, subscriptionId].filter(Boolean).join(', ');
  return places === '' ? name : `${name} (${places})`;
};

function toItemText({
  license,
  licenses = [],
  siteUrl,
  operation,
  result,
  by,
  condition,
  code,
  detail,
  locationName,
  properties: { extension, phoneNumber } = {},
}: z.output<typeof itemSchema>) {
  const asked = typeof license === 'object' ? license.name : (license ?? siteUrl);
  const name = licenses.length > 0 ? licenses.map(toPlacedText).join(', ') : asked;
  const why = [by && `by ${by}`, condition, code && `(Webex ${code})`, detail && `- ${detail}`]
    .filter(Boolean)
    .join(' ');
  const numbers = [extension && `extension ${extension}`, phoneNumber].filter(Boolean).join(', ');
  // The one that a person holds may be at another one.
  const place = locationName && condition !== 'properties-differ' ? ` at ${locationName}` : '';
  const given = numbers ? ` (${numbers})` : '';
  return `  ${operation === 'add' ? '+' : '-'} ${name}${place}: ${result}${given}${why ? `: ${why}` : ''}`;
}
