import { toWalkText } from './walk-text.ts';
import type { Walk } from './walks.ts';

/** The page that tells the walks, from the root of the repository. */
export const PAGE = 'docs/architecture.md';

/** The last section of the page, which ends with a block of text. */
const WALKS = /(\n## The walks\n[\s\S]*?\n```text\n)([\s\S]*?)(```\n)$/;

/** The walks as text, for a terminal and for the page. */
export const toWalksText = (walks: readonly Walk[]): string => `${walks.map(toWalkText).join('\n\n')}\n`;

/** The walks that a page tells; undefined where it does not end with that section. */
export const readWalks = (page: string): string | undefined => WALKS.exec(page)?.[2];

/** The page with these walks in place of its own. */
export const replaceWalks = (page: string, text: string): string =>
  page.replace(WALKS, (_section, before: string, _old: string, after: string) => before + text + after);
