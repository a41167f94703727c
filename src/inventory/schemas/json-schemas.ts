import { alertsFileSchema, inventoryAlertSchema } from './alert.ts';
import { assignmentChangeSchema, inventoryDiffSchema } from './diff.ts';
import { driftFileSchema } from './drift.ts';
import { assignmentRowSchema, licensesFileSchema, manifestSchema, runStatusSchema } from './files.ts';
import { forecastFileSchema } from './forecast.ts';
import { historyLineSchema } from './license-history.ts';

/** By file name below `v1/schemas/`. */
export const INVENTORY_SCHEMAS = {
  'licenses.schema.json': licensesFileSchema,
  'assignment.schema.json': assignmentRowSchema,
  'manifest.schema.json': manifestSchema,
  'status.schema.json': runStatusSchema,
  'diff.schema.json': inventoryDiffSchema,
  'assignment-change.schema.json': assignmentChangeSchema,
  'forecast.schema.json': forecastFileSchema,
  'drift.schema.json': driftFileSchema,
  'history-line.schema.json': historyLineSchema,
  'alert.schema.json': inventoryAlertSchema,
  'alerts.schema.json': alertsFileSchema,
} as const;
