import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, expect, test } from '@jest/globals';
import { type Stack, startStack } from '../../infra/local/stack.ts';
import { LOCAL_HR_SOURCES } from '../../src/cli/local-sources.ts';
import { createParts } from '../parts.ts';

const DOCS = join(import.meta.dirname, '../../docs');
const PAGES = readdirSync(join(DOCS, 'hr-sources'));
const ADDRESS = 'http://127.0.0.1:7071/api';
const SCRIPT_TIMEOUT_MS = 150_000;

const read = (page: string) => readFileSync(join(DOCS, page), 'utf8');
const blocksOf = (text: string, language: string): string[] =>
  [...text.matchAll(new RegExp(`^( *)\`\`\`${language}\n([\\s\\S]*?)^\\1\`\`\`$`, 'gm'))].map(
    ([, , block = '']) => block,
  );

/** What the page on all sources gives to paste before any event: its last block, which defines `outcome`. */
const [, preparation = ''] = blocksOf(
  read('hr-sources.md').split('### On your machine\n')[1]?.split('\n## ')[0] ?? '',
  'sh',
);
const scriptOf = (page: string) =>
  blocksOf(read(`hr-sources/${page}`).split('## Try it\n')[1] ?? '', 'sh').join('');

/** The sources of all pages at once; those of this machine as they are. */
const sources = Object.assign(
  {},
  ...PAGES.flatMap((page) => blocksOf(read(`hr-sources/${page}`), 'json HR_SOURCES')).map((text) =>
    JSON.parse(text),
  ),
  JSON.parse(LOCAL_HR_SOURCES),
);

let stack: Stack;
const started = createParts();
beforeAll(async () => {
  stack = await started(startStack({ settings: { HR_SOURCES: JSON.stringify(sources) } }));
});

test.concurrent.each(PAGES)(
  'what %s gives to try has the outcome that stands beside it',
  async (page) => {
    const script = scriptOf(page);
    const expected = [...script.matchAll(/ # ((?:[a-z-]+(?: [a-z-]+)?(?:, )?)+)$/gm)].flatMap(
      ([, outcomes = '']) => outcomes.split(', '),
    );
    expect(expected.length).toBeGreaterThan(1);
    expect(preparation).toContain(ADDRESS);
    const prepared = preparation.replace(ADDRESS, stack.apiUrl);
    const { stdout } = await promisify(execFile)('bash', ['-uc', `${prepared}\n${script}`], {
      timeout: SCRIPT_TIMEOUT_MS,
    });
    const outcomes = stdout.match(/^(?:[a-z-]+ [a-z-]+|refused)(?=: )/gm);
    expect([page, ...(outcomes ?? [stdout])]).toEqual([page, ...expected]);
  },
  180_000,
);
