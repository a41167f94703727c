import type * as z from 'zod';
import {
  type Answer,
  answerSchemas,
  bodySchemas,
  type Contents,
  type Method,
  type Operation,
  type Operations,
  type Parameters,
  TAGS,
} from './operation.ts';
import { problemSchema, toProblemAnswers } from './problem-answers.ts';
import { type JsonSchema, toParameterSchema, toReference, toSchemas } from './to-schema.ts';

/** A function over HTTP, as it is registered. */
export interface Route {
  readonly name: string;
  readonly methods: readonly string[];
  /** Below `/api`, with its members as `{name}`. */
  readonly route: string;
  readonly authLevel: 'anonymous' | 'function';
}

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

const SECURITY = {
  none: [],
  'hr-signature': [{ hrSignature: [] }],
  key: [{ functionKey: [] }, { functionKeyInQuery: [] }],
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

function toOperation({ name, methods, route, authLevel }: Route, method: string, operation: Operation) {
  const { tag, summary, description, path = {}, query = {}, headers = {}, body, answers } = operation;
  const members = [...route.matchAll(/\{(\w+)\}/g)].map(([, member]) => member ?? '');
  if (`${[...members].sort()}` !== `${Object.keys(path).sort()}`)
    throw new Error(`The function ${name} is described with other members than those of ${route}`);
  const parameters = [
    ...toParameters('path', path),
    ...toParameters('query', query),
    ...toParameters('header', headers),
  ];
  return {
    operationId: toCamelCase(methods.length > 1 ? `${name}-${method.toLowerCase()}` : name),
    tags: [tag],
    summary,
    ...(description !== undefined && { description }),
    security: SECURITY[operation.security ?? 'key'],
    ...(parameters.length > 0 && { parameters }),
    ...(body && {
      requestBody: { required: !body.isOptional, content: toContent(body.content, bodySchemas) },
    }),
    responses: {
      ...Object.fromEntries(Object.entries(answers).map(([status, one]) => [status, toResponse(one)])),
      ...toProblemAnswers(operation, authLevel),
    },
  };
}

const toParameters = (place: 'path' | 'query' | 'header', parameters: Parameters) =>
  Object.entries(parameters).map(([name, { description, example, schema, isRequired }]) => ({
    ...{ name, in: place, required: place === 'path' || isRequired === true, description },
    ...{ schema: toParameterSchema(schema), example },
  }));

function toResponse({ description, content, headers }: Answer) {
  return {
    description,
    ...(headers && {
      headers: Object.fromEntries(
        Object.entries(headers).map(([name, { description: about, example, schema }]) => [
          name,
          { description: about, schema: toParameterSchema(schema), example },
        ]),
      ),
    }),
    ...(content && { content: toContent(content, answerSchemas) }),
  };
}

const toContent = (contents: Contents, registry: z.core.$ZodRegistry<{ id: string }>) =>
  Object.fromEntries(
    Object.entries(contents).map(([mediaType, { schema, examples }]) => [
      mediaType,
      {
        schema: toNamed(schema, registry),
        examples: Object.fromEntries(Object.entries(examples).map(([name, value]) => [name, { value }])),
      },
    ]),
  );

function toNamed(schema: z.ZodType, registry: z.core.$ZodRegistry<{ id: string }>): JsonSchema {
  const id = registry.get(schema)?.id;
  if (id !== undefined) return toReference(id);
  // The text of a file needs no name.
  if (schema.type === 'string') return toParameterSchema(schema);
  throw new Error('A schema of a body or answer has no name');
}

const toCamelCase = (name: string): string => name.replace(/-(\w)/g, (_all, letter) => letter.toUpperCase());
