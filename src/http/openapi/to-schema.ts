import * as z from 'zod';

export type JsonSchema = Readonly<Record<string, unknown>>;

const toUri = (id: string): string => `#/components/schemas/${id}`;
export const toReference = (id: string) => ({ $ref: toUri(id) });

const received: z.core.ToJSONSchemaParams = { io: 'input', unrepresentable: 'any' };

/** Times are texts in JSON. A later version may answer more members. */
const answered: z.core.ToJSONSchemaParams = {
  io: 'output',
  unrepresentable: 'any',
  override: ({ zodSchema, jsonSchema }) => {
    if (zodSchema._zod.def.type === 'date')
      Object.assign(jsonSchema, { type: 'string', format: 'date-time' });
    if (jsonSchema.type === 'object' && isOpen(jsonSchema.additionalProperties))
      delete jsonSchema.additionalProperties;
  },
};

/** Members of any form, or none, as a schema of zod says it of what it lets through. */
const isOpen = (additional: unknown): boolean =>
  additional === false ||
  (typeof additional === 'object' && additional !== null && Object.keys(additional).length === 0);

/** The schemas of a registry, each under its name. */
export function toSchemas(
  registry: z.core.$ZodRegistry<{ id: string }>,
  io: 'received' | 'answered',
): Readonly<Record<string, JsonSchema>> {
  const { schemas } = z.toJSONSchema(registry, {
    ...(io === 'received' ? received : answered),
    uri: toUri,
  });
  return Object.fromEntries(
    Object.entries(schemas).map(([id, { $schema: _dialect, $id: _id, ...schema }]) => [id, schema]),
  );
}

/** The schema of a member of a path, a query or a header. */
export function toParameterSchema(schema: z.ZodType = z.string()): JsonSchema {
  const { $schema: _dialect, ...shown } = z.toJSONSchema(schema, received);
  return shown;
}
