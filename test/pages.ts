import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export const ROOT = join(import.meta.dirname, '..');

/** A fenced block of a page. */
export interface Block {
  /** What stands behind the opening fence, such as `yaml policy`. */
  readonly info: string;
  readonly text: string;
  /** Where it begins on the page, from 1. */
  readonly line: number;
}

export interface Page {
  /** Relative to the root of the repository. */
  readonly path: string;
  readonly text: string;
  readonly blocks: readonly Block[];
  /** The text without its blocks; each line is where it was. */
  readonly prose: string;
}

const FENCED = /^( *)```(.*)\n([\s\S]*?)^\1```$/gm;

export function readPage(path: string): Page {
  const text = readFileSync(join(ROOT, path), 'utf8');
  const blocks = [...text.matchAll(FENCED)].map(({ 1: indent = '', 2: info = '', 3: block = '', index }) => ({
    info: info.trim(),
    text: block.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
    line: text.slice(0, index).split('\n').length,
  }));
  const prose = text.replaceAll(FENCED, (block) => block.replaceAll(/[^\n]/g, ''));
  return { path, text, blocks, prose };
}

const pagesIn = (folder: string, recursive: boolean): readonly string[] =>
  readdirSync(join(ROOT, folder), { recursive, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .sort()
    .map((name) => join(folder, name));

/** All pages for readers: at the root, in `docs/`, and the one that `docs/` sends them to. */
export const PAGES: readonly Page[] = [
  ...pagesIn('.', false),
  ...pagesIn('docs', true),
  'test/scenarios/README.md',
].map(readPage);
