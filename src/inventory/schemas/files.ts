import * as z from 'zod';

/** Of all files and messages of the inventory. New members may come with the same version; none goes. */
export const INVENTORY_VERSION = 1;

const version = z.literal(INVENTORY_VERSION);
const instant = z.iso.datetime();
const count = z.number().nullish();

const OWN_ORGANIZATION =
  'The organization of the token, which is the only one that an inventory reads, also where WEBEX_ORG_IDS names others.';

/** What an inventory is of. */
export const SCOPE = 'own-organization';
const scope = z.literal(SCOPE).describe(OWN_ORGANIZATION);

/** Which run a file is of, and when what it says was read. */
export const ofRun = {
  schemaVersion: version,
  runId: z.string(),
  orgId: z.string().describe(OWN_ORGANIZATION),
  readStartedAt: instant,
  readEndedAt: instant,
};

/** A license with its use. */
export const licenseRowSchema = z
  .looseObject({
    id: z.string(),
    name: z.string(),
    type: z.string().optional().describe('Such as BCSTD: from the id, where that has one.'),
    subscriptionId: z.string().nullish(),
    siteUrl: z.string().nullish(),
    siteType: z.string().nullish(),
    totalUnits: count,
    consumedUnits: count,
    consumedByUsers: count,
    consumedByWorkspaces: count,
    freeUnits: z.number().optional().describe('Total less consumed; negative: so many are over-used.'),
    isPool: z
      .boolean()
      .optional()
      .describe('Bought, so that its seats can run out; false for free, hybrid and implicit ones.'),
  })
  .describe('Members that are not named here are as Webex sent them.');

export const licensesFileSchema = z
  .object({ ...ofRun, licenses: z.array(licenseRowSchema) })
  .meta({ title: 'licenses.json', description: 'The catalogue of licenses with its use, by name.' });

export const assignmentRowSchema = z
  .object({
    licenseId: z.string(),
    licenseName: z.string(),
    personId: z.string(),
    email: z.string().optional(),
    displayName: z.string().optional(),
    type: z.string().optional().describe('INTERNAL or EXTERNAL.'),
  })
  .meta({ title: 'assignments.ndjson.gz', description: 'One line: a license that a person holds.' });

/** What a manifest says of one file. */
export const manifestFileSchema = z.object({
  container: z.string(),
  path: z.string(),
  format: z.enum(['json', 'csv', 'ndjson', 'html']),
  compression: z.literal('gzip').optional(),
  rows: z.number().int(),
  bytes: z.number().int(),
  sha256: z.string(),
  contentType: z.string(),
  parts: z
    .array(
      z.object({
        licenseId: z.string(),
        rows: z.number().int(),
        offset: z.number().int(),
        bytes: z.number().int(),
      }),
    )
    .optional()
    .describe(
      'Of assignments: where the lines of each license are, as bytes that can be read by themselves.',
    ),
});

export const manifestSchema = z
  .object({
    ...ofRun,
    scope: scope.optional(),
    status: z.enum(['complete', 'partial']),
    warnings: z.array(z.string()),
    previousRun: z.string().optional().describe('The run that was the latest before this one.'),
    files: z.array(manifestFileSchema),
  })
  .meta({ title: 'manifest.json', description: 'Written after the files that it names.' });

export const RUN_STATES = [
  'queued',
  'reading',
  'waiting',
  'complete',
  'partial',
  'refused',
  'failed',
] as const;

export const runStatusSchema = z
  .object({
    schemaVersion: version,
    runId: z.string(),
    orgId: z.string().optional().describe(OWN_ORGANIZATION),
    scope: scope.optional(),
    state: z.enum(RUN_STATES),
    trigger: z.enum(['timer', 'request']),
    force: z.boolean(),
    requestedAt: instant,
    updatedAt: instant,
    waitingUntil: instant.optional(),
    reason: z
      .object({ condition: z.string(), detail: z.string() })
      .optional()
      .describe('Why it waits, or did not end well.'),
    folder: z.string().optional().describe('Of its files, below the container.'),
    isLatest: z.boolean().optional().describe('Whether it became the latest.'),
    warnings: z.array(z.string()),
    licenses: z.number().int().describe('Whose holders are read; 0 where that is not wanted.'),
    licensesDone: z.number().int(),
    pages: z.number().int(),
    people: z.number().int().optional().describe('Who are read, by the lines of the people list.'),
    rows: z.number().int(),
    expectedRows: z.number().int().describe('By the counts of the catalogue.'),
  })
  .meta({ title: 'status.json', description: 'How far an inventory run is, or how it ended.' });

export type RunStatus = z.output<typeof runStatusSchema>;

/** What may be asked of a run. `force`: publish a catalogue that is empty, or has lost most of its licenses. */
export const runRequestSchema = z.strictObject({ force: z.boolean().default(false) });
