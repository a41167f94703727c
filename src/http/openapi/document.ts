import {
  answerSchemas,
  bodySchemas,
  type Method,
  type Operation,
  type Operations,
  TAGS,
} from './operation.ts';
import { problemSchema } from './problem-answers.ts';
import { type Route, toOperation } from './to-operation.ts';
import { toSchemas } from './to-schema.ts';

/** Of the answers and bodies: it grows by what is added. */
const API_VERSION = '1.0.0';

const INFO = {
  title: 'Seatline',
  version: API_VERSION,
  summary: 'Webex licenses that follow people.',
  description:
    'Answers may get further members and values in later versions, never fewer. Problems are RFC 9457; the page of each type is at `/api/problems/{type}`.',
  license: { name: 'MIT', identifier: 'MIT' },
};

const SECURITY_SCHEMES = {
  functionKey: {
    type: 'apiKey',
    in: 'header',
    name: 'x-functions-key',
    description: 'A function key or host key of the function app.',
  },
  functionKeyInQuery: {
    type: 'apiKey',
    in: 'query',
    name: 'code',
    description: 'The same key in the address, which logs on the way may keep: prefer the header.',
  },
  hrSignature: {
    type: 'apiKey',
    in: 'header',
    name: 'webhook-signature',
    description:
      'The signature or token of the HR system, in the header that its preset names: this is the one of Standard Webhooks.',
  },
};

/**
 * The OpenAPI document of the functions that are registered.
 * @throws {Error} naming a route that is not described, or described otherwise than it is registered
 */
export function toOpenApi(routes: readonly Route[], operations: Operations) {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of routes)
    for (const method of route.methods) {
      const operation = findOperation(route, method, operations);
      const path = `/${route.route}`;
      paths[path] = { ...paths[path], [method.toLowerCase()]: toOperation(route, method, operation) };
    }
  return {
    openapi: '3.1.0',
    info: INFO,
    servers: [{ url: '/api', description: 'The function app that answered this document.' }],
    tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
    paths: Object.fromEntries(Object.entries(paths).sort(([a], [b]) => (a < b ? -1 : 1))),
    components: {
      securitySchemes: SECURITY_SCHEMES,
      schemas: {
        ...toSchemas(bodySchemas, 'received'),
        ...toSchemas(answerSchemas, 'answered'),
        Problem: problemSchema,
      },
    },
  };
}

export type OpenApi = ReturnType<typeof toOpenApi>;

function findOperation({ name, methods }: Route, method: string, operations: Operations): Operation {
  const described = operations[name];
  const operation =
    described && 'summary' in described
      ? methods.length === 1
        ? described
        : undefined
      : described?.[method as Method];
  if (operation === undefined) throw new Error(`The function ${name} (${method}) has no description`);
  return operation;
}
