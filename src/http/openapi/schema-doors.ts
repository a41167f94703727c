import { type HttpAnswer, toProblem } from '../problem.ts';
import type { JsonSchema } from './to-schema.ts';

/** JSON Schemas by name, each made when it is asked for. */
export type PublishedSchemas = Readonly<Record<string, () => JsonSchema>>;

const HEADERS = { 'cache-control': 'no-cache' };

/** The published JSON Schemas over HTTP. */
export function createSchemaDoors(schemas: PublishedSchemas) {
  return {
    listSchemas: (): HttpAnswer => ({
      status: 200,
      headers: HEADERS,
      jsonBody: {
        items: Object.entries(schemas).map(([name, make]) => {
          const { title } = make();
          return { name, ...(typeof title === 'string' && { title }) };
        }),
      },
    }),

    readSchema(name: string): HttpAnswer {
      const make = Object.hasOwn(schemas, name) ? schemas[name] : undefined;
      if (make === undefined)
        return toProblem('unknown-schema', { detail: `They are ${Object.keys(schemas).join(', ')}.` });
      const headers = { ...HEADERS, 'content-type': 'application/schema+json' };
      return { status: 200, headers, jsonBody: make() };
    },
  };
}
