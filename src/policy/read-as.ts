import * as z from 'zod';
import { isDeeperThan } from '../platform/json.ts';
import { findNearest } from '../platform/nearest.ts';
import { PolicyError } from './policy-error.ts';

/** A deeper one would overflow the stack of what reads it. */
const MAX_DEPTH = 100;

type Path = readonly (string | number)[];

/** What was read, and the line of a member. */
export interface Read<T> {
  readonly value: T;
  readonly lineOfValue: (path: Path) => number;
}

interface Mistake {
  readonly path: Path;
  readonly reason: string;
  /** Of an unknown key: the known one in its place. */
  readonly meant?: Path | undefined;
}

/**
 * Reads YAML, or JSON, by a schema: scalars are text, as they are written.
 * @param what it is, for mistakes of the whole
 * @throws {PolicyError} with a line number and a reason for each mistake
 */
export async function readAs<T>(schema: z.ZodType<T>, content: string, what: string): Promise<Read<T>> {
  const { readYaml } = await import('./yaml.ts');
  const { value, lineOfValue, lineOfKey } = readYaml(content);
  if (isDeeperThan(MAX_DEPTH, value))
    throw new PolicyError(`line 1: ${what} is nested more than ${MAX_DEPTH} deep`);
  const parsed = schema.safeParse(value);
  if (parsed.success) return { value: parsed.data, lineOfValue };
  const root = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  const unknown = findUnknownKeys(value, root, root, []);
  const isExplained = ({ path, isOfKeys }: Mistake & { readonly isOfKeys: boolean }) =>
    unknown.some((one) =>
      isOfKeys ? path.every((part, at) => one.path[at] === part) : one.meant?.join('.') === path.join('.'),
    );
  const others = parsed.error.issues
    .flatMap((issue) => toMistakes(issue, value))
    .filter((mistake) => !isExplained(mistake));
  const toText = ({ path, reason }: Mistake, line: number) =>
    `line ${line}: ${path.join('.') || what} ${reason}`;
  const reasons = [
    ...unknown.map((one) => ({ line: lineOfKey(one.path), text: toText(one, lineOfKey(one.path)) })),
    ...others.map((one) => ({ line: lineOfValue(one.path), text: toText(one, lineOfValue(one.path)) })),
  ].sort((a, b) => a.line - b.line);
  throw new PolicyError([...new Set(reasons.map(({ text }) => text))].join('\n'));
}

/** The mistakes of the alternative that has the given keys; else that no alternative has them. */
function toMistakes(
  issue: z.core.$ZodIssue,
  root: unknown,
  above: Path = [],
): readonly (Mistake & { readonly isOfKeys: boolean })[] {
  const path = [...above, ...issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part))];
  const isOfKeys = issue.code === 'unrecognized_keys' || issue.code === 'invalid_union';
  const meant =
    issue.code === 'invalid_union'
      ? issue.errors.find((errors) =>
          errors.every((one) => one.path.length > 0 && isThere(root, [...path, ...one.path])),
        )
      : undefined;
  if (meant) return meant.flatMap((one) => toMistakes(one, root, path));
  return path.length === 0 || isThere(root, path)
    ? [{ path, reason: issue.message, isOfKeys }]
    : [{ path, reason: 'is missing', isOfKeys: false }];
}

const isThere = (root: unknown, path: readonly PropertyKey[]): boolean =>
  path.reduce<unknown>(
    (value, part) => (typeof value === 'object' && value !== null ? Reflect.get(value, part) : undefined),
    root,
  ) !== undefined;

type JsonSchema = z.core.JSONSchema.BaseSchema;
const isSchema = (value: unknown): value is JsonSchema => typeof value === 'object' && value !== null;

/** Keys that an object has and its schema does not know, with the known one that is most like it. */
function findUnknownKeys(
  value: unknown,
  schema: JsonSchema,
  root: JsonSchema,
  path: Path,
): readonly Mistake[] {
  const branches = toBranches(schema, root);
  if (Array.isArray(value)) {
    const items = branches.flatMap(({ items: one }) => (isSchema(one) && !Array.isArray(one) ? [one] : []));
    return value.flatMap((one, index) => findUnknownKeys(one, { anyOf: items }, root, [...path, index]));
  }
  if (typeof value !== 'object' || value === null) return [];
  const objects = branches.filter(({ type }) => type === 'object');
  const isOpen = objects.length === 0 || objects.some((one) => one.additionalProperties !== false);
  const known = [...new Set(objects.flatMap(({ properties = {} }) => Object.keys(properties)))];
  return Object.entries(value).flatMap(([key, member]): readonly Mistake[] => {
    const at = [...path, key];
    const members = objects
      .flatMap(({ properties = {}, additionalProperties }) => properties[key] ?? additionalProperties)
      .filter(isSchema);
    if (members.length > 0) return findUnknownKeys(member, { anyOf: members }, root, at);
    const nearest = findNearest(key, known);
    const hint = nearest ? `did you mean ${nearest}?` : `known are ${known.join(', ')}`;
    const meant = nearest === undefined ? undefined : [...path, nearest];
    return isOpen ? [] : [{ path: at, reason: `is not known: ${hint}`, meant }];
  });
}

/** The alternatives of a schema, without references. */
function toBranches(schema: JsonSchema, root: JsonSchema): readonly JsonSchema[] {
  if (schema.$ref !== undefined) {
    const target = root.$defs?.[schema.$ref.replace('#/$defs/', '')];
    return target ? toBranches(target, root) : [];
  }
  return schema.anyOf?.flatMap((one) => (isSchema(one) ? toBranches(one, root) : [])) ?? [schema];
}
