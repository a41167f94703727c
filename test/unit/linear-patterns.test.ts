import { readdir, readFile } from 'node:fs/promises';
import { describe, expect, test } from '@jest/globals';
import { parse } from '@swc/core';
import { analyse } from 'scslre';
import * as z from 'zod';

const patternSchema = z.object({ type: z.literal('RegExpLiteral'), pattern: z.string(), flags: z.string() });

/** The literals of a syntax tree. */
function findPatterns(node: unknown): readonly { readonly source: string; readonly flags: string }[] {
  if (typeof node !== 'object' || node === null) return [];
  const literal = patternSchema.safeParse(node);
  if (literal.success) return [{ source: literal.data.pattern, flags: literal.data.flags }];
  return Object.values(node).flatMap(findPatterns);
}

async function readPatterns(folder: string) {
  const files = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.ts'));
  const found = files.map(async (name) => {
    const tree = await parse(await readFile(`${folder}/${name}`, 'utf8'), { syntax: 'typescript' });
    return findPatterns(tree).map((pattern) => ({ ...pattern, name: `${folder}/${name}` }));
  });
  return (await Promise.all(found)).flat();
}

const analyseAll = (patterns: readonly { source: string; flags: string; name: string }[]) =>
  patterns.flatMap(({ source, flags, name }) =>
    analyse({ source, flags }).reports.map(({ type }) => `${name}: /${source}/${flags} (${type})`),
  );

describe('the regular expressions of the app', () => {
  test('take linear time, whatever text they are given', async () => {
    const patterns = [...(await readPatterns('src')), ...(await readPatterns('functions'))];
    expect(patterns.length).toBeGreaterThan(40);
    expect(analyseAll(patterns)).toEqual([]);
  });

  test('would be found out if they did not', () => {
    const slow = ['[^\\s@]+@', '^[a-z\\s]+\\s*$', '/+$', '(a+)+b'];
    const found = analyseAll(slow.map((source) => ({ source, flags: '', name: source })));
    expect(new Set(found.map((line) => line.slice(0, line.indexOf(':'))))).toEqual(new Set(slow));
  });
});
