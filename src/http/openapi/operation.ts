import * as z from 'zod';
import type { Immutable } from '../../platform/stored.ts';
import type { ProblemKind } from '../problem.ts';

/** The groups of operations, each with what it is about. */
export const TAGS = {
  requests: 'License requests: submit, look at, cancel and redrive them.',
  guardrails: 'What waits for approval, and the pause of all changes.',
  hr: 'HR events, employees, and the people behind them.',
  policy: 'The policy in force, and what another one would do.',
  inventory: 'Licenses, who holds them, and inventory runs.',
  audit: 'The audit trail.',
  service: 'The health of the app, and the descriptions of its API.',
} as const;

export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE' | 'OPTIONS';

/** A member of a path or a query. */
export interface Parameter {
  readonly description: string;
  readonly example: string;
  /** Text, where it is left out. */
  readonly schema?: z.ZodType;
  /** Of a query: a path has all of its members. */
  readonly isRequired?: true;
}
export type Parameters = Readonly<Record<string, Parameter>>;

/** What is sent in one media type. */
export interface Content {
  /** A schema with a name: see {@link body} and {@link answer}. */
  readonly schema: z.ZodType;
  readonly examples: Readonly<Record<string, unknown>>;
}

/** By media type. */
export type Contents = Readonly<Record<string, Content>>;

export interface Answer {
  readonly description: string;
  /** Absent for an answer without a body. */
  readonly content?: Contents;
  readonly headers?: Readonly<Record<string, Omit<Parameter, 'isRequired'>>>;
}

/** What one method of one route takes and answers. The path and the method are those that the function registers. */
export interface Operation {
  readonly tag: keyof typeof TAGS;
  /** One line, without a full stop. */
  readonly summary: string;
  readonly description?: string;
  readonly path?: Parameters;
  readonly query?: Parameters;
  readonly headers?: Parameters;
  readonly body?: {
    readonly content: Contents;
    readonly isOptional?: true;
  };
  readonly answers: Readonly<Record<number, Answer>>;
  /** Beside those that any route answers, and those of a body. */
  readonly problems?: readonly ProblemKind[];
  /** How a caller is known; by a function key where it is left out. */
  readonly security?: 'none' | 'hr-signature';
}

/** By the name of a function; by method where a function has several. */
export type Operations = Readonly<Record<string, Operation | Readonly<Partial<Record<Method, Operation>>>>>;

/** Schemas that have a name in the document: of what is received, and of what is answered. */
export const bodySchemas = z.registry<{ id: string }>();
export const answerSchemas = z.registry<{ id: string }>();

/** Names the schema of what is received. */
export function body<S extends z.ZodType>(id: string, schema: S): S {
  bodySchemas.add(schema, { id });
  return schema;
}

/** Names the schema of what is answered, or of a part of it. */
export function answer<S extends z.ZodType>(id: string, schema: S): S {
  answerSchemas.add(schema, { id });
  return schema;
}

/**
 * The schema of an answer of the type `T`. It does not compile where an answer of this type would not fit the schema, or
 * has a member that the schema lacks.
 */
export const schemaOf =
  <T>() =>
  <S extends z.ZodType>(schema: S & Fits<T, Immutable<z.output<S>>>): S =>
    schema;

type Fits<T, Output> = [T] extends [Output]
  ? [keyof T] extends [keyof Output]
    ? unknown
    : { readonly lacks: Exclude<keyof T, keyof Output> }
  : { readonly differs: Output };

/** The content of a body or answer in JSON. */
export const json = (schema: z.ZodType, ...examples: readonly unknown[]): Contents => ({
  'application/json': {
    schema,
    examples: Object.fromEntries(examples.map((example, at) => [`example-${at + 1}`, example])),
  },
});
