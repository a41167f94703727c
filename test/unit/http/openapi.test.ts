import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { createConfig, lintFromString } from '@redocly/openapi-core';
import { OPERATIONS, PUBLISHED_SCHEMAS } from '../../../src/app-api.ts';
import { toOpenApi } from '../../../src/http/openapi/document.ts';
import { type ProblemKind, TITLES, toProblemType } from '../../../src/http/problem.ts';
import { ADVICE } from '../../../src/http/problem-advice.ts';
import { readProblemType } from '../../../src/http/problem-page.ts';
import { describeApi } from '../../openapi.ts';
import { PAGES } from '../../pages.ts';

const { api, routes } = await describeApi();
const kinds = Object.keys(TITLES) as ProblemKind[];

describe('the OpenAPI document', () => {
  test('passes the strict rules of its linter, which compares the examples with the schemas', async () => {
    const config = await createConfig({ extends: ['recommended-strict'] });
    const problems = await lintFromString({ source: JSON.stringify(api), config });
    const shown = problems.map(
      ({ ruleId, message, location }) => `${ruleId}: ${message} (${location[0]?.pointer})`,
    );
    expect(shown).toEqual([]);
  });

  test('describes each function over HTTP, and no other', () => {
    expect(Object.keys(OPERATIONS).sort()).toEqual(routes.map(({ name }) => name).sort());
  });

  test('has no route that the pages lack', () => {
    const toShape = (path: string) => path.replaceAll(/\{[^}]*\}/g, '{}');
    const shown = new Set(
      PAGES.filter(({ path }) => path.startsWith('docs/')).flatMap(({ text }) =>
        [...text.matchAll(/(?<=[` ])\/api(\/[\w{}./-]+)/g)].map(([, path = '']) => toShape(path)),
      ),
    );
    const missing = routes.filter(({ route }) => !shown.has(toShape(`/${route}`)));
    expect(missing.map(({ methods, route }) => `${methods.join()} /api/${route}`)).toEqual([]);
  });

  test('has each problem type, at the routes that answer it', () => {
    const text = JSON.stringify(api.paths);
    expect(kinds.filter((kind) => !text.includes(`"${toProblemType(kind)}"`))).toEqual([]);
  });

  const route = { methods: ['GET'], route: 'pause', authLevel: 'function' } as const;
  test.each([
    ['that is not described', { ...route, name: 'strange' }, /strange \(GET\) has no description/],
    [
      'with a method that is not described',
      { ...route, name: 'read-pause', methods: ['GET', 'PUT'] },
      /no description/,
    ],
    [
      'with a member that is not described',
      { ...route, name: 'read-pause', route: 'pause/{id}' },
      /other members/,
    ],
  ])('cannot be made with a route %s', (_what, registered, message) => {
    expect(() => toOpenApi([registered], OPERATIONS)).toThrow(message);
  });
});

/** Writes what is compared here into the documentation first, as after a change of a schema or problem. */
const IS_WRITING = process.env.WRITE_DOCS === '1';

const PAGE = 'docs/http-api.md';
const toSection = (kind: ProblemKind): string => {
  const [status, title] = TITLES[kind];
  return `### ${kind}\n\n${status}: ${title}. ${ADVICE[kind]}\n`;
};

describe('a problem type', () => {
  if (IS_WRITING) {
    const [head] = readFileSync(PAGE, 'utf8').split('### ', 1);
    writeFileSync(PAGE, `${head}${[...kinds].sort().map(toSection).join('\n')}`);
  }
  const page = readFileSync(PAGE, 'utf8');

  test.each(kinds)('%s has a page, and its place in the documentation', (kind) => {
    const [status, title] = TITLES[kind];
    for (const name of [kind, toProblemType(kind)]) {
      const { status: answered, textBody } = readProblemType(name);
      expect(answered).toBe(200);
      for (const text of [title, `Status ${status}`, ADVICE[kind]]) expect(textBody).toContain(text);
    }
    expect(page).toContain(toSection(kind));
  });

  test.each(['', 'toString', 'urn:seatline:problem:none', '<script>'])('%j is none', (name) => {
    const answer = readProblemType(name);
    expect(answer).toMatchObject({ status: 404, jsonBody: { type: 'urn:seatline:problem:unknown-problem' } });
  });
});

describe('the published JSON Schemas', () => {
  const read = (path: string) => JSON.parse(readFileSync(path, 'utf8'));
  const folders = ['docs/schemas', 'docs/schemas/inventory.v1'];
  const files = folders.flatMap((folder) =>
    readdirSync(folder)
      .filter((name) => name.endsWith('.json'))
      .map((name) => [name, `${folder}/${name}`] as const),
  );

  test('are those of the documentation, by name', () => {
    const names = files.map(([name]) => name);
    expect(Object.keys(PUBLISHED_SCHEMAS).sort()).toEqual(names.sort());
  });

  test.each(files)('%s is the same', (name, path) => {
    const schema = PUBLISHED_SCHEMAS[name]?.();
    if (IS_WRITING) writeFileSync(path, `${JSON.stringify(schema, null, 2)}\n`);
    expect(JSON.parse(JSON.stringify(schema))).toEqual(read(path));
  });
});
