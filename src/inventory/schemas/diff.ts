import * as z from 'zod';
import { assignmentRowSchema, ofRun } from './files.ts';

/** A count in two runs; one that Webex did not give, or of a license that was not there, is absent, and so is the change. */
const changeSchema = z.object({
  before: z.number().int().exactOptional(),
  after: z.number().int().exactOptional(),
  change: z.number().int().exactOptional(),
});

export type UnitChange = z.output<typeof changeSchema>;

export const licenseDiffSchema = z.object({
  licenseId: z.string(),
  name: z.string(),
  /** Of a license that has another name since the previous run. */
  previousName: z.string().exactOptional(),
  subscriptionId: z.string().exactOptional(),
  siteUrl: z.string().exactOptional(),
  status: z.enum(['new', 'vanished', 'changed', 'unchanged']),
  totalUnits: changeSchema,
  consumedUnits: changeSchema,
  people: z
    .object({ gained: z.number().int(), lost: z.number().int() })
    .exactOptional()
    .describe(
      'How many people have it since, or no more; absent where the assignments of a run are not kept.',
    ),
});

export type LicenseDiff = z.output<typeof licenseDiffSchema>;

/** `diff.json`: what changed since the previous complete run. */
export const inventoryDiffSchema = z
  .object({
    ...ofRun,
    previousRun: z
      .object({ runId: z.string(), readStartedAt: z.iso.datetime() })
      .exactOptional()
      .describe('Absent in the first run: then there are no licenses.'),
    licenses: z.array(licenseDiffSchema),
  })
  .meta({ title: 'diff.json', description: 'What changed since the previous complete run.' });

export type InventoryDiff = z.output<typeof inventoryDiffSchema>;

/** One line of `assignments-diff.ndjson.gz`: somebody gained or lost a license since the previous run. */
export const assignmentChangeSchema = assignmentRowSchema
  .extend({ change: z.enum(['gained', 'lost']) })
  .meta({
    title: 'assignments-diff.ndjson.gz',
    description: 'One line: a license that a person gained or lost.',
  });
