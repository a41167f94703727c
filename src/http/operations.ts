import * as z from 'zod';
import { answer, json, type Operations } from './openapi/operation.ts';

const alive = answer('Alive', z.object({ status: z.literal('alive') }));
const health = answer(
  'Health',
  z.object({
    status: z.enum(['ok', 'failing']),
    dependencies: z.record(z.string(), z.object({ ok: z.boolean(), detail: z.string() })),
  }),
);
const document = answer(
  'Description',
  z.looseObject({ openapi: z.string() }).describe('A document of OpenAPI 3.1.'),
);
const schema = answer(
  'JsonSchema',
  z.looseObject({ $schema: z.string() }).describe('A JSON Schema, of the dialect that it names.'),
);
const schemas = answer(
  'SchemaList',
  z.object({ items: z.array(z.object({ name: z.string(), title: z.string().optional() })) }),
);

const HEALTHY = { queue: { ok: true, detail: 'reachable' } };
const ETAG = { description: 'Changes with the document.', example: '"0123456789abcdef"' };

/** The health of the app, and the descriptions of its API. */
export const serviceOperations = {
  health: {
    tag: 'service',
    summary: 'Ask whether the app is alive',
    description: 'It says nothing about dependencies.',
    answers: {
      200: { description: 'It is.', content: json(alive, { status: 'alive' }) },
      307: {
        description: 'A request with a key is sent to the health of the dependencies.',
        headers: { location: { description: 'Of that.', example: '/api/health/dependencies' } },
      },
    },
    problems: ['key-in-address'],
    security: 'none',
  },
  'health-dependencies': {
    tag: 'service',
    summary: 'Look at the health of each dependency',
    answers: {
      200: {
        description: 'All are healthy.',
        content: json(health, { status: 'ok', dependencies: HEALTHY }),
      },
      503: {
        description: 'At least one fails.',
        content: json(health, {
          status: 'failing',
          dependencies: { ...HEALTHY, webex: { ok: false, detail: 'token-refused' } },
        }),
      },
    },
    problems: [],
  },
  'read-openapi': {
    tag: 'service',
    summary: 'Read this document',
    headers: {
      'if-none-match': { description: 'The `ETag` of an earlier answer.', example: ETAG.example },
    },
    answers: {
      200: {
        description: 'The document.',
        content: json(document, { openapi: '3.1.0' }),
        headers: { etag: ETAG },
      },
      304: { description: 'It is the same as that with this `ETag`.' },
    },
    security: 'none',
  },
  'list-schemas': {
    tag: 'service',
    summary: 'List the JSON Schemas',
    answers: {
      200: {
        description: 'Their names.',
        content: json(schemas, { items: [{ name: 'policy.v1.json' }] }),
      },
    },
    security: 'none',
  },
  'read-schema': {
    tag: 'service',
    summary: 'Read a JSON Schema',
    description: 'Of license requests, queue messages, HR events, policies and files of the inventory.',
    path: { name: { description: 'Its name in the list.', example: 'policy.v1.json' } },
    answers: {
      200: {
        description: 'The schema.',
        content: {
          'application/schema+json': {
            schema,
            examples: { schema: { $schema: 'https://json-schema.org/draft/2020-12/schema' } },
          },
        },
      },
    },
    problems: ['unknown-schema'],
    security: 'none',
  },
  'read-problem-type': {
    tag: 'service',
    summary: 'Read what a problem means, and what to do',
    path: {
      type: { description: 'The `type` of a problem, or its last part.', example: 'not-found' },
    },
    answers: {
      200: {
        description: 'A page.',
        content: { 'text/html': { schema: z.string(), examples: { page: '<!doctype html>' } } },
      },
    },
    problems: ['unknown-problem'],
    security: 'none',
  },
} as const satisfies Operations;
