import * as z from 'zod';

export const THRESHOLDS = ['free-units', 'percent-used', 'days-left'] as const;
export type Threshold = (typeof THRESHOLDS)[number];

const TYPE = 'seatline.inventory.alert';

const alertDataSchema = z.object({
  orgId: z.string(),
  runId: z.string().describe('The run that saw the crossing.'),
  license: z.object({
    id: z.string(),
    name: z.string(),
    subscriptionId: z.string().exactOptional(),
    siteUrl: z.string().exactOptional(),
  }),
  threshold: z.enum(THRESHOLDS),
  limit: z.number().describe('The threshold as it is set: units, percent or days.'),
  value: z
    .number()
    .exactOptional()
    .describe('What was measured against it; absent where there is no such value any more.'),
  totalUnits: z.number().int().exactOptional(),
  consumedUnits: z.number().int().exactOptional(),
  raisedAt: z.iso.datetime().describe('The read of the run that raised it.'),
  reason: z
    .enum(['crossed', 'recovered', 'not-watched'])
    .describe('`not-watched`: the license is gone or is no paid pool any more, or the threshold is off.'),
});

/** A message of the queue `inventory-alerts`: CloudEvents 1.0, structured JSON, ASCII only. */
export const inventoryAlertSchema = z
  .object({
    specversion: z.literal('1.0'),
    id: z.string().describe('The same for each delivery of the same crossing.'),
    source: z.string(),
    type: z.enum([`${TYPE}.raised`, `${TYPE}.cleared`]),
    subject: z.string().describe('The id of the license.'),
    time: z.iso.datetime(),
    datacontenttype: z.literal('application/json'),
    data: alertDataSchema,
  })
  .meta({
    title: 'Inventory alert',
    description: 'A paid pool of licenses crossed a threshold, or recovered.',
  });

export type InventoryAlert = z.output<typeof inventoryAlertSchema>;

/** `alerts.json`: what is on, and what the alerts remember from run to run. */
export const alertsFileSchema = z
  .object({
    schemaVersion: z.literal(1).exactOptional().describe('Absent in a file of version 0.1.0.'),
    runId: z.string().describe('The run that decided last.'),
    raised: z
      .array(
        alertDataSchema.pick({ license: true, threshold: true, limit: true, raisedAt: true }).extend({
          unusedSince: z.iso
            .datetime()
            .exactOptional()
            .describe('Of a pool too small for a margin: since then it is unused. Cleared after a week.'),
        }),
      )
      .describe('The alerts that are on.'),
    unsent: z
      .array(inventoryAlertSchema)
      .describe('Decided, and not known to be on the queue inventory-alerts yet.'),
  })
  .meta({ title: 'alerts.json', description: 'The alerts that are on.' });

/** Queues take text beyond ASCII, and may never deliver it. */
export const encodeInventoryAlert = (alert: InventoryAlert): string =>
  JSON.stringify(alert).replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
