import * as z from 'zod';
import { auditOperations } from './audit/operations.ts';
import { guardrailOperations } from './guardrails/operations.ts';
import { adoptionOperations } from './hr/adoption/operations.ts';
import { standardHrEventSchema } from './hr/hr-event.ts';
import { hrOperations } from './hr/operations.ts';
import { policyCasesSchema } from './hr/policy-cases.ts';
import { policyOperations } from './hr/policy-operations.ts';
import { createReadOpenApi } from './http/openapi/read-document.ts';
import { createSchemaDoors, type PublishedSchemas } from './http/openapi/schema-doors.ts';
import { serviceOperations } from './http/operations.ts';
import { inventoryOperations } from './inventory/operations.ts';
import { INVENTORY_SCHEMAS } from './inventory/schemas/json-schemas.ts';
import { policySchema } from './policy/policy.ts';
import { licenseRequestSchema } from './requests/license-request.ts';
import { requestOperations } from './requests/operations.ts';
import { previewOperations } from './requests/preview/operations.ts';
import { undoOperations } from './requests/undo/operations.ts';

/** What each function over HTTP takes and answers, by its name. */
export const OPERATIONS = {
  ...requestOperations,
  ...previewOperations,
  ...undoOperations,
  ...guardrailOperations,
  ...hrOperations,
  ...policyOperations,
  ...adoptionOperations,
  ...inventoryOperations,
  ...auditOperations,
  ...serviceOperations,
};

/** A function over HTTP that is described. */
export type OperationName = keyof typeof OPERATIONS;

const input = (schema: z.ZodType) => z.toJSONSchema(schema, { io: 'input' });

/** The JSON Schemas of what is sent to Seatline, and of the files of its inventory, by name. */
export const PUBLISHED_SCHEMAS: PublishedSchemas = {
  'license-request.v1.json': () => ({
    title: 'License request',
    description: 'The body of POST /api/license-requests.',
    ...input(licenseRequestSchema),
  }),
  'license-request-message.v1.json': () => ({
    title: 'License request',
    description: 'A message on the queue license-requests.',
    ...input(licenseRequestSchema),
  }),
  'hr-event.v1.json': () => input(standardHrEventSchema),
  // Editors of YAML read this dialect.
  'policy.v1.json': () => z.toJSONSchema(policySchema, { io: 'input', target: 'draft-7' }),
  'policy-cases.v1.json': () => z.toJSONSchema(policyCasesSchema, { io: 'input', target: 'draft-7' }),
  ...Object.fromEntries(
    Object.entries(INVENTORY_SCHEMAS).map(([name, schema]) => [name, () => input(schema)]),
  ),
};

/** The descriptions of the API, over HTTP. */
export const createApiApp = () => ({
  readOpenApi: createReadOpenApi(OPERATIONS),
  ...createSchemaDoors(PUBLISHED_SCHEMAS),
});
