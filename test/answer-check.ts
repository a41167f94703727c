import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { OpenApi } from '../src/http/openapi/document.ts';

/** One answer of the app. */
export interface Answered {
  /** Of the description, such as `/license-requests/{requestId}`. */
  readonly path: string;
  readonly method: string;
  readonly status: number;
  readonly mediaType: string | undefined;
  readonly body: string;
}

/** Of others, and shown as they are. */
const AS_IT_IS = ['License', 'Description', 'JsonSchema'];

/**
 * Says what an OpenAPI document does not allow of an answer. Members that it does not name count as wrong here, while
 * clients must ignore them: an answer that gets a further member is to be described.
 */
export function createAnswerCheck(api: OpenApi) {
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  // The package has both forms of a module, and its types only one.
  (addFormats as unknown as (ajv: Ajv2020) => void)(ajv);
  ajv.addFormat('idn-email', true);
  ajv.addSchema(close(api), 'api');

  return function findWrong({ path, method, status, mediaType, body }: Answered): readonly string[] {
    const place = ['paths', path, method.toLowerCase(), 'responses', String(status)];
    const answer = find(api, place);
    if (answer === undefined) return [`the status ${status} is not described`];
    const contents = find(answer, ['content']);
    if (contents === undefined) return body === '' ? [] : ['it is described without a body'];
    if (mediaType === undefined || find(contents, [mediaType]) === undefined)
      return [`the media type ${mediaType} is not described`];
    if (!mediaType.endsWith('json')) return [];
    const validate = ajv.getSchema(
      `api#/${[...place, 'content', mediaType, 'schema'].map(toPart).join('/')}`,
    );
    if (validate === undefined) return ['its schema cannot be read'];
    return validate(JSON.parse(body))
      ? []
      : (validate.errors ?? []).map(({ instancePath, message, params }) =>
          [instancePath, message, JSON.stringify(params)].join(' '),
        );
  };
}

const toPart = (part: string) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'));

function find(value: unknown, way: readonly string[]): unknown {
  return way.reduce<unknown>(
    (at, part) => (typeof at === 'object' && at !== null ? Reflect.get(at, part) : undefined),
    value,
  );
}

/** The document, with each object of an answer closed for members that are not named. */
function close(api: OpenApi): object {
  const schemas = Object.entries(api.components.schemas).map(([name, schema]) => [
    name,
    AS_IT_IS.includes(name) ? schema : closeSchema(schema),
  ]);
  return { ...api, components: { ...api.components, schemas: Object.fromEntries(schemas) } };
}

function closeSchema(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closeSchema);
  if (typeof schema !== 'object' || schema === null) return schema;
  const closed = Object.fromEntries(
    Object.entries(schema).map(([name, value]) => [name, closeSchema(value)]),
  );
  const isOpen = 'properties' in schema && !('additionalProperties' in schema);
  return isOpen ? { ...closed, additionalProperties: false } : closed;
}
