import * as z from 'zod';
import { SCHEMES } from './schemes.ts';
import { createSourceSchema, type SourceConfig } from './source-schema.ts';
import type { Scheme } from './verify.ts';

/** An HR system that may send events. */
export interface Source extends SourceConfig {
  readonly name: string;
  readonly scheme: Scheme;
}

/**
 * Reads the setting HR_SOURCES: a JSON object of sources by name.
 * @returns the sources, or what is wrong, by place and without the values
 */
export function parseSources(text: string | undefined): ReadonlyMap<string, Source> | string {
  if (!text) return new Map();
  const sourcesSchema = z.record(
    z.string().regex(/^[a-z0-9][a-z0-9-]{0,31}$/, 'a name is up to 32 of a-z, 0-9 and -'),
    createSourceSchema(),
  );
  const json = toJson(text);
  if (!json.ok) return json.problem;
  // Used once: not worth to be compiled.
  const parsed = sourcesSchema.safeParse(json.value, { jitless: true });
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return `must be a JSON object of HR sources; at ${issue?.path.join('.') || 'its beginning'}: ${issue?.message}`;
  }
  const sources = Object.entries(parsed.data).map(([name, source]): [string, Source] => [
    name,
    { ...source, name, scheme: source.verifier ?? SCHEMES[source.preset] },
  ]);
  const incomplete = sources.find(
    ([, { preset, fields, kinds }]) => preset === 'generic' && !(fields && kinds),
  );
  if (incomplete) return `must give ${incomplete[0]} its fields and kinds`;
  const silent = sources.find(
    ([, { kinds }]) => kinds && Object.values(kinds).every((types) => types.length === 0),
  );
  return silent ? `must give ${silent[0]} at least one type in its kinds` : new Map(sources);
}

/** The problem says where, and nothing of the text: it has secrets. */
function toJson(text: string) {
  try {
    return { ok: true as const, value: JSON.parse(text) as unknown };
  } catch (error) {
    const [, position] = /position (\d+)/.exec(String(error)) ?? [];
    const where = position === undefined ? 'at its end' : `at character ${Number(position) + 1}`;
    return {
      ok: false as const,
      problem: `is not JSON ${where}: look for a quote, comma or brace that is missing`,
    };
  }
}
