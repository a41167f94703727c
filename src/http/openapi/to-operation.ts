import type * as z from 'zod';
import {
  type Answer,
  answerSchemas,
  bodySchemas,
  type Contents,
  type Operation,
  type Parameters,
} from './operation.ts';
import { toProblemAnswers } from './problem-answers.ts';
import { type JsonSchema, toParameterSchema, toReference } from './to-schema.ts';

/** A function over HTTP, as it is registered. */
export interface Route {
  readonly name: string;
  readonly methods: readonly string[];
  /** Below `/api`, with its members as `{name}`. */
  readonly route: string;
  readonly authLevel: 'anonymous' | 'function';
}

/** By the schemes of the document. */
const SECURITY = {
  none: [],
  'hr-signature': [{ hrSignature: [] }],
  key: [{ functionKey: [] }, { functionKeyInQuery: [] }],
};

/**
 * One method of a route, as the document has it.
 * @throws {Error} where it is described with other members than it is registered with
 */
export function toOperation(
  { name, methods, route, authLevel }: Route,
  method: string,
  operation: Operation,
) {
  const { tag, summary, description, path = {}, query = {}, headers = {}, body } = operation;
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
    responses: toResponses(operation, authLevel),
  };
}

interface Response {
  readonly description: string;
  readonly headers?: object;
  readonly content?: object;
}

/** One status may be an answer in one media type, and a problem in another. */
function toResponses(operation: Operation, authLevel: Route['authLevel']) {
  const responses: Record<string, Response> = toProblemAnswers(operation, authLevel);
  for (const [status, one] of Object.entries(operation.answers)) {
    const [answered, problem]: readonly [Response, Response | undefined] = [
      toResponse(one),
      responses[status],
    ];
    responses[status] = problem
      ? {
          description: `${answered.description} Or ${problem.description}`,
          headers: { ...problem.headers, ...answered.headers },
          content: { ...problem.content, ...answered.content },
        }
      : answered;
  }
  return responses;
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
