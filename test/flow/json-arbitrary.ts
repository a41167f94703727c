import fc from 'fast-check';
import type { OpenApi } from '../../src/http/openapi/document.ts';

type Schema = Readonly<Record<string, unknown>>;
type Value = fc.Arbitrary<unknown>;

const isSchema = (value: unknown): value is Schema =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const numberOf = (value: unknown, otherwise: number) => (typeof value === 'number' ? value : otherwise);

/** Deeper, only what is required is made: schemas refer to themselves. */
const MAX_DEPTH = 5;
const MAX_ITEMS = 3;

/** Values that a schema of the document allows, as far as the schema says it. */
export function createArbitraries({ components }: Pick<OpenApi, 'components'>) {
  const named: Readonly<Record<string, unknown>> = components.schemas;

  function toArbitrary(schema: unknown, depth = 0): Value {
    if (!isSchema(schema)) return fc.jsonValue({ maxDepth: 2 });
    if (typeof schema.$ref === 'string')
      return toArbitrary(named[schema.$ref.replace('#/components/schemas/', '')], depth);
    if ('const' in schema) return fc.constant(schema.const);
    if (Array.isArray(schema.enum)) return fc.constantFrom(...schema.enum);
    const choices = [...listOf(schema.anyOf), ...listOf(schema.oneOf)];
    if (choices.length > 0) return fc.oneof(...choices.map((one) => toArbitrary(one, depth)));
    return toTyped(schema, depth);
  }

  function toTyped(schema: Schema, depth: number): Value {
    switch (schema.type) {
      case 'string':
        return toText(schema);
      case 'integer':
      case 'number':
        return fc.integer({
          min: numberOf(schema.minimum, -1_000),
          max: numberOf(schema.maximum, 1_000),
        });
      case 'boolean':
        return fc.boolean();
      case 'array':
        return fc.array(toArbitrary(schema.items, depth + 1), {
          minLength: numberOf(schema.minItems, 0),
          maxLength: Math.max(MAX_ITEMS, numberOf(schema.minItems, 0)),
        });
      case 'object':
        return toObject(schema, depth);
      default:
        return fc.jsonValue({ maxDepth: 2 });
    }
  }

  function toObject(schema: Schema, depth: number): Value {
    const properties = isSchema(schema.properties) ? schema.properties : {};
    const required = listOf(schema.required).map(String);
    const names = Object.keys(properties).filter((name) => depth < MAX_DEPTH || required.includes(name));
    const members = Object.fromEntries(names.map((name) => [name, toArbitrary(properties[name], depth + 1)]));
    const record = fc.record(members, { requiredKeys: names.filter((name) => required.includes(name)) });
    if (!isSchema(schema.additionalProperties)) return record;
    const more = fc.dictionary(
      fc.string({ minLength: 1, maxLength: 8 }),
      toArbitrary(schema.additionalProperties, depth + 1),
      {
        maxKeys: 2,
      },
    );
    return fc.tuple(record, more).map(([one, other]) => ({ ...other, ...one }));
  }

  return toArbitrary;
}

function toText(schema: Schema): fc.Arbitrary<string> {
  const { pattern, format, minLength, maxLength } = schema;
  if (format === 'date-time') return fc.date({ noInvalidDate: true }).map((date) => date.toISOString());
  if (format === 'date')
    return fc.date({ noInvalidDate: true }).map((date) => date.toISOString().slice(0, 10));
  if (format === 'idn-email' || format === 'email') return fc.emailAddress();
  if (typeof pattern === 'string') return fc.stringMatching(new RegExp(pattern, 'u'));
  return fc.string({
    minLength: numberOf(minLength, 0),
    maxLength: Math.min(numberOf(maxLength, 20), 40),
    unit: 'grapheme',
  });
}

/** What no schema expects. */
const junk: Value = fc.oneof(
  fc.constantFrom(
    null,
    true,
    -1,
    1e308,
    '',
    ' ',
    '\u0000',
    '\u202e',
    '\ud800',
    '9999-12-31',
    [],
    {},
    '__proto__',
  ),
  fc.string({ unit: 'binary', maxLength: 10 }),
  fc.constant('x'.repeat(40_000)),
  fc.jsonValue({ maxDepth: 3 }),
);

/** The same value with one place of it spoilt: another value, or a further member. */
export const spoilt = (values: Value): Value =>
  fc.tuple(values, junk, fc.nat(), fc.boolean()).map(([value, other, at, isMore]) => {
    const places = toPlaces(value);
    const place = places[at % places.length] ?? [];
    return replace(value, place, (old) =>
      isMore && isSchema(old) ? { ...old, [`more-${at % 3}`]: other } : other,
    );
  });

type Place = readonly (string | number)[];

function toPlaces(value: unknown, here: Place = []): readonly Place[] {
  if (typeof value !== 'object' || value === null) return [here];
  const members = Array.isArray(value) ? value.map((one, at) => [at, one] as const) : Object.entries(value);
  return [here, ...members.flatMap(([name, one]) => toPlaces(one, [...here, name]))];
}

function replace(value: unknown, [name, ...rest]: Place, change: (old: unknown) => unknown): unknown {
  if (name === undefined) return change(value);
  if (Array.isArray(value)) return value.map((one, at) => (at === name ? replace(one, rest, change) : one));
  return isSchema(value) ? { ...value, [name]: replace(value[name], rest, change) } : value;
}
