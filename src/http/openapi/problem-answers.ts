import { type ProblemKind, TITLES, toProblemType } from '../problem.ts';
import type { Operation } from './operation.ts';
import { toReference } from './to-schema.ts';

/** Of a body that is read. */
const OF_BODIES: readonly ProblemKind[] = ['invalid-request', 'too-large', 'unsupported-media-type'];
/** Of any route that looks at storage. */
const OF_ALL: readonly ProblemKind[] = ['internal-error', 'storage-unavailable'];

/** A problem as it is answered (RFC 9457). */
export const problemSchema = {
  type: 'object',
  description: 'A problem by RFC 9457.',
  properties: {
    type: {
      type: 'string',
      format: 'uri',
      description: 'Its last part is the name of the problem, with a page at `/api/problems/{type}`.',
    },
    title: { type: 'string' },
    status: { type: 'integer', description: 'The status of the answer.' },
    detail: { type: 'string', description: 'What happened here.' },
    errors: {
      type: 'array',
      description: 'The members of a body that are wrong.',
      items: {
        type: 'object',
        properties: {
          pointer: { type: 'string', description: 'The place in the body, as a JSON pointer.' },
          detail: { type: 'string' },
        },
        required: ['pointer', 'detail'],
      },
    },
  },
  required: ['type', 'title', 'status'],
} as const;

/** The problems that an operation may answer. */
export const problemsOf = ({ body, problems = [], security }: Operation): readonly ProblemKind[] => [
  ...new Set([
    ...(body ? OF_BODIES : []),
    ...problems,
    ...(security === 'none' ? (['internal-error'] as const) : OF_ALL),
  ]),
];

/** The answers of an operation that are problems, by status. */
export function toProblemAnswers(operation: Operation, authLevel: 'anonymous' | 'function') {
  const kinds = problemsOf(operation);
  const statuses = [...new Set(kinds.map((kind) => TITLES[kind][0]))].sort();
  return {
    ...(authLevel === 'function' && { 401: NO_KEY }),
    429: TOO_BUSY,
    ...Object.fromEntries(
      statuses.map((status) => [status, toAnswer(kinds.filter((kind) => TITLES[kind][0] === status))]),
    ),
  };
}

const NO_KEY = { description: 'The key is missing or wrong. The host answers this, without a body.' };

/** Source: host.json reference of Azure Functions, `extensions.http.maxOutstandingRequests`. */
const TOO_BUSY = { description: 'Too many calls at once. The host answers this, without a body.' };

function toAnswer(kinds: readonly ProblemKind[]) {
  const retries = kinds.some((kind) => TITLES[kind][0] === 503 || TITLES[kind][0] === 429);
  return {
    description: kinds.map((kind) => `\`${kind}\`: ${TITLES[kind][1]}.`).join(' '),
    ...(retries && {
      headers: {
        'retry-after': {
          description: 'When to try again, in seconds.',
          schema: { type: 'integer', minimum: 0 },
          example: 10,
        },
      },
    }),
    content: {
      'application/problem+json': {
        schema: {
          ...toReference('Problem'),
          properties: { type: { enum: kinds.map(toProblemType) } },
        },
        examples: Object.fromEntries(kinds.map((kind) => [kind, { value: toExample(kind) }])),
      },
    },
  };
}

function toExample(kind: ProblemKind) {
  const [status, title] = TITLES[kind];
  return {
    ...{ type: toProblemType(kind), title, status },
    ...(kind === 'invalid-request' && {
      errors: [{ pointer: '/person/email', detail: 'must be an e-mail address' }],
    }),
  };
}
