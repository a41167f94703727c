import fc from 'fast-check';
import type { OpenApi } from '../../src/http/openapi/document.ts';
import { createArbitraries, spoilt } from './json-arbitrary.ts';

interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required: boolean;
  readonly schema: object;
  readonly example: string;
}
interface Content {
  readonly schema: object;
  readonly examples: Readonly<Record<string, { readonly value: unknown }>>;
}
/** An operation, as far as a call is made of it. */
export interface Described {
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Readonly<Record<string, Content>> };
}
export interface Call {
  readonly path: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly mediaType: string | undefined;
  readonly body: string | undefined;
  readonly isSigned: boolean;
}

type Texts = Readonly<Record<string, string>>;

const words = fc.oneof(
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }),
  fc.constantFrom('a/b', 'a\\b', '%', "o'brien", '😀', '\u202e', '1.x', 'x'.repeat(300)),
);

const left = fc.constant(undefined);

const toExamples = ({ examples }: Content) => Object.values(examples).map(({ value }) => value);
const toBody = (mediaType: string, value: unknown) =>
  mediaType === 'application/json' || typeof value !== 'string' ? JSON.stringify(value) : value;

/**
 * Calls of the operations of a document.
 * @param there what there is, by the name of the member; the first is one that leads to a success. It may be filled later
 */
export function createCalls(api: OpenApi, there: Readonly<Record<string, readonly string[]>>) {
  const toArbitrary = createArbitraries(api);

  function toText({ name, schema, example }: Parameter): fc.Arbitrary<string> {
    const pick = (at: number) => {
      const known = [...(there[name] ?? []), example];
      return known[at % known.length] ?? example;
    };
    return fc.oneof(
      { weight: 6, arbitrary: fc.nat().map(pick) },
      { weight: 2, arbitrary: toArbitrary(schema).map(String) },
      { weight: 1, arbitrary: words },
    );
  }

  /** Optional members are mostly left out, and what is required sometimes. */
  function toTexts(parameters: readonly Parameter[], place: Parameter['in']) {
    const own = parameters.filter((one) => one.in === place);
    const members = own.map((one) => {
      const text = toText(one);
      if (place === 'path') return [one.name, text] as const;
      const [out, given] = one.required ? [1, 5] : [3, 1];
      return [
        one.name,
        fc.oneof({ weight: out, arbitrary: left }, { weight: given, arbitrary: text }),
      ] as const;
    });
    return fc
      .record<Record<string, string | undefined>>(Object.fromEntries(members))
      .map((all) =>
        Object.fromEntries(
          Object.entries(all).flatMap(([name, text]) => (text === undefined ? [] : [[name, text]])),
        ),
      );
  }

  function toCall({ parameters = [], requestBody }: Described): fc.Arbitrary<Call> {
    const bodies = Object.entries(requestBody?.content ?? {}).map(([mediaType, content]) => {
      const values = fc.oneof(fc.constantFrom(...toExamples(content)), toArbitrary(content.schema));
      const some = fc.oneof({ weight: 2, arbitrary: values }, { weight: 3, arbitrary: spoilt(values) });
      return some.map((value) => ({ mediaType, body: toBody(mediaType, value) }));
    });
    const strange = fc.constantFrom(
      { mediaType: 'application/json', body: '{' },
      { mediaType: 'application/json', body: '[]' },
      { mediaType: 'application/json; charset=utf-8', body: '{}' },
      { mediaType: 'text/xml', body: '<a/>' },
      { mediaType: undefined, body: undefined },
    );
    const none = fc.constant({ mediaType: undefined, body: undefined });
    const content = fc.oneof(...bodies.map((arbitrary) => ({ weight: 5, arbitrary })), {
      ...{ weight: 1, arbitrary: bodies.length === 0 ? none : strange },
    });
    return fc
      .record({
        path: toTexts(parameters, 'path'),
        query: toTexts(parameters, 'query'),
        headers: toTexts(parameters, 'header'),
        isSigned: fc.boolean(),
        content,
      })
      .map(({ content: sent, ...call }) => ({ ...call, ...sent }));
  }

  /** A call of what there is, with what the document shows as an example. */
  function toGoodCall({ parameters = [], requestBody }: Described, own: Texts = {}): Call {
    const textsOf = (place: Parameter['in']) =>
      Object.fromEntries(
        parameters
          .filter((one) => one.in === place && (one.required || own[one.name] !== undefined))
          .map((one) => [one.name, own[one.name] ?? there[one.name]?.[0] ?? one.example]),
      );
    const [mediaType, content] = Object.entries(requestBody?.content ?? {})[0] ?? [];
    const body = mediaType && content && toBody(mediaType, toExamples(content)[0]);
    return { path: textsOf('path'), query: textsOf('query'), headers: {}, isSigned: true, mediaType, body };
  }

  return { toCall, toGoodCall };
}
