import * as z from 'zod';
import { DRIFT_KINDS } from '../hr/drift/drift.ts';
import { answer, body, json, type Operations } from '../http/openapi/operation.ts';
import { nextSchema } from '../requests/answers.ts';
import { NEXT } from '../requests/operations.ts';
import { inventoryDiffSchema } from './schemas/diff.ts';
import { driftFileSchema, driftLineShownSchema } from './schemas/drift.ts';
import {
  licenseRowSchema,
  licensesFileSchema,
  manifestSchema,
  runRequestSchema,
  runStatusSchema,
} from './schemas/files.ts';
import { forecastFileSchema } from './schemas/forecast.ts';

const run = answer('InventoryRun', runStatusSchema);
const startedRun = answer(
  'StartedInventoryRun',
  runStatusSchema.extend({
    isResumed: z.boolean().describe('A run that failed goes on, in place of a new one.'),
  }),
);
const runRequest = body('NewInventoryRun', runRequestSchema);
const license = answer('License', licenseRowSchema);
const licenses = answer('LicenseList', z.object({ items: z.array(licenseRowSchema) }));
const drift = answer('DriftFile', driftFileSchema);
const driftPeople = answer(
  'DriftPeople',
  z.object({
    runId: z.string(),
    readAt: z.iso.datetime().describe('When the people were read.'),
    items: z.array(answer('DriftLine', driftLineShownSchema)),
    next: nextSchema,
  }),
);
const file = answer(
  'InventoryFile',
  z.union([
    answer('LicensesFile', licensesFileSchema),
    answer('DiffFile', inventoryDiffSchema),
    answer('ForecastFile', forecastFileSchema),
    drift,
    answer('ManifestFile', manifestSchema),
  ]),
);

/** A person, as the people snapshot has them. */
export const snapshotUserSchema = {
  personId: z.string(),
  emails: z.array(z.string()),
  displayName: z.string().optional(),
  type: z.enum(['INTERNAL', 'EXTERNAL']),
};
const users = answer(
  'LicenseUsers',
  z.object({
    license: z.object({ id: z.string(), name: z.string() }),
    readAt: z.iso.datetime().describe('When the people were read.'),
    items: z.array(z.object(snapshotUserSchema)),
    next: nextSchema,
  }),
);

const RUN_ID = '0f8a4b1e-1f0b-4b4e-9d6f-5f2d3f2f7f10';
const RUN = {
  ...{ schemaVersion: 1, runId: RUN_ID, scope: 'own-organization', state: 'queued', trigger: 'request' },
  ...{ force: false, requestedAt: '2026-12-01T08:00:00.000Z', updatedAt: '2026-12-01T08:00:00.000Z' },
  ...{ warnings: [], licenses: 0, licensesDone: 0, pages: 0, rows: 0, expectedRows: 0 },
};
const LICENSE = {
  ...{ id: 'Y2lzY29zcGFyazovL3VzL0xJQ0VOU0UvMQ', name: 'Advanced Messaging', subscriptionId: 'Sub100448' },
  ...{ totalUnits: 400, consumedUnits: 284, freeUnits: 116, isPool: true },
};
const HEAD = {
  ...{ schemaVersion: 1, runId: RUN_ID, orgId: 'dad114b6-ed73-42ba-865c-79575f6c7ff7' },
  ...{ readStartedAt: '2026-12-01T08:00:00.000Z', readEndedAt: '2026-12-01T08:05:00.000Z' },
};
const NONE = { people: 0, licenses: 0 };
const DRIFT = {
  ...{ state: 'computed', policyVersion: '3f1c0a9b2d4e' },
  people: {
    ...{ compared: 1_204, unknownToHr: 3, notFound: 0, notTold: 0, changing: 2 },
    ...{ needIdentity: 0, unreadable: 0 },
  },
  kinds: {
    ...{ missing: { people: 1, licenses: 1, change: 1 }, extra: NONE },
    ...{ 'leaver-licensed': NONE, 'unknown-to-hr': NONE, 'deleted-in-hr': NONE },
  },
  licenses: [
    {
      ...{ licenseId: LICENSE.id, name: LICENSE.name, missing: 1, extra: 0, 'leaver-licensed': 0 },
      ...{ 'unknown-to-hr': 0, 'deleted-in-hr': 0, byHand: 0 },
    },
  ],
  repair: { mode: 'add', asked: 1, left: 0 },
};
const DRIFT_LINE = {
  ...{ kind: 'missing', licenseId: LICENSE.id, license: LICENSE.name, why: 'rule everybody' },
  person: { personId: 'Y2lzY29', email: 'ada@example.com', displayName: 'Ada' },
  repair: 'asked',
};
const BY_LICENSE = {
  license: {
    description: 'The id of a license, or a name that only one license has.',
    example: 'Advanced Messaging',
  },
} as const;

/** The inventory over HTTP. */
export const inventoryOperations = {
  'start-inventory-run': {
    tag: 'inventory',
    summary: 'Start an inventory run',
    body: { content: json(runRequest, { force: false }), isOptional: true },
    answers: {
      202: {
        description: 'It is queued.',
        content: json(startedRun, { ...RUN, isResumed: false }),
        headers: {
          location: { description: 'The address of the run.', example: `/api/inventory/runs/${RUN_ID}` },
          'retry-after': {
            description: 'When to look at it first, in seconds.',
            example: '2',
            schema: z.int(),
          },
        },
      },
    },
    problems: ['inventory-run-open'],
  },
  'read-inventory-run': {
    tag: 'inventory',
    summary: 'Look at an inventory run',
    path: { runId: { description: 'The id of the run.', example: RUN_ID } },
    answers: {
      200: { description: 'Its progress, or how it ended.', content: json(run, RUN) },
    },
    problems: ['unknown-run'],
  },
  'read-inventory-file': {
    tag: 'inventory',
    summary: 'Read a file of the latest inventory run',
    path: {
      file: {
        description:
          '`licenses.json`, `licenses.csv`, `diff.json`, `forecast.json`, `drift.json`, `manifest.json` or `report.html`.',
        example: 'licenses.json',
      },
    },
    answers: {
      200: {
        description: 'The file. Its schema is at `/api/schemas/{name}`.',
        content: {
          ...json(file, { ...HEAD, licenses: [LICENSE] }),
          'text/csv': {
            schema: z.string(),
            examples: { csv: 'name,totalUnits\r\nAdvanced Messaging,400\r\n' },
          },
          'text/html': { schema: z.string(), examples: { report: '<!doctype html>' } },
        },
      },
    },
    problems: ['unknown-file'],
  },
  'show-drift': {
    tag: 'inventory',
    summary: 'Show how far what people hold differs from what they should hold',
    description: '`drift.json` of the latest inventory run.',
    answers: {
      200: {
        description: 'The numbers; or why they are not computed.',
        content: json(drift, { ...HEAD, ...DRIFT }),
      },
    },
    problems: ['no-drift'],
  },
  'list-drift': {
    tag: 'inventory',
    summary: 'List who holds something else than they should',
    query: {
      ...NEXT,
      kind: {
        description: `One of ${DRIFT_KINDS.map((kind) => `\`${kind}\``).join(', ')}.`,
        example: 'missing',
      },
      license: { description: 'The id or the name of a license.', example: 'Advanced Messaging' },
    },
    answers: {
      200: {
        description: 'A page of licenses of people, which may be empty without being the last.',
        content: json(driftPeople, { runId: RUN_ID, readAt: HEAD.readStartedAt, items: [DRIFT_LINE] }),
      },
    },
    problems: ['no-drift', 'invalid-request'],
  },
  'list-licenses': {
    tag: 'inventory',
    summary: 'List the licenses of the own organization',
    answers: {
      200: {
        description: 'The catalogue with free seats, by name.',
        content: json(licenses, { items: [LICENSE] }),
      },
    },
    problems: ['webex-unavailable'],
  },
  'read-license': {
    tag: 'inventory',
    summary: 'Look at a license',
    path: BY_LICENSE,
    answers: { 200: { description: 'The license.', content: json(license, LICENSE) } },
    problems: ['unknown-license', 'ambiguous-license', 'webex-unavailable'],
  },
  'list-license-users': {
    tag: 'inventory',
    summary: 'List who holds a license',
    description: 'By the people snapshot of the latest inventory run.',
    path: BY_LICENSE,
    query: NEXT,
    answers: {
      200: {
        description: 'A page of people.',
        content: json(users, {
          license: { id: LICENSE.id, name: LICENSE.name },
          readAt: '2026-12-01T08:00:00.000Z',
          items: [{ personId: 'Y2lzY29', emails: ['ada@example.com'], displayName: 'Ada', type: 'INTERNAL' }],
        }),
      },
    },
    problems: ['unknown-license', 'ambiguous-license', 'invalid-request'],
  },
} as const satisfies Operations;
