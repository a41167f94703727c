import * as z from 'zod';

const units = z.number().int();

/** One line of `history/<yyyy-mm>.ndjson`: one license as one run read it. Counts that Webex does not give are absent. */
export const historyLineSchema = z
  .object({
    schemaVersion: z.literal(1),
    runId: z.string().min(1),
    readAt: z.iso.datetime().describe('When the run began to read, UTC.'),
    licenseId: z.string().min(1),
    name: z.string(),
    subscriptionId: z.string().exactOptional(),
    siteUrl: z.string().exactOptional(),
    totalUnits: units.exactOptional(),
    consumedUnits: units.exactOptional(),
    consumedByUsers: units.exactOptional(),
    consumedByWorkspaces: units.exactOptional(),
  })
  .meta({ title: 'License history line', description: 'What one run read of one license.' });

export type HistoryLine = z.output<typeof historyLineSchema>;
