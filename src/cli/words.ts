import stringWidth from 'string-width';
import type { License } from '../webex/license.ts';

export const count = (number: number, one: string, many = `${one}s`): string =>
  `${number} ${number === 1 ? one : many}`;

/** The columns of a terminal that a text takes: two for wide characters and emoji, none for combining marks. */
export const toWidth = (text: string): number => (ASCII.test(text) ? text.length : stringWidth(text));
const ASCII = /^[ -~]*$/;

/** `2026-12-01T08:00:00Z` */
export const toSeconds = (at: string): string => at.replace(/\.\d+Z$/, 'Z');

export const padEnd = (text: string, width: number): string =>
  text + ' '.repeat(Math.max(0, width - toWidth(text)));

/** Lines of at most `width` columns, broken between words. */
export function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last === undefined || toWidth(last) + toWidth(word) + 1 > width) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}

/** The beginning of a text, with an ellipsis, where it has more columns than `width`. */
export function cut(text: string, width: number): string {
  if (toWidth(text) <= width) return text;
  let kept = '';
  let left = width - 1;
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    left -= toWidth(segment);
    if (left < 0) break;
    kept += segment;
  }
  return `${kept}…`;
}

/** A license with what tells it from others of its name. */
export const toLicenseText = ({
  name,
  subscriptionId,
  siteUrl,
}: Pick<License, 'name' | 'subscriptionId' | 'siteUrl'>): string => {
  const places = [siteUrl, subscriptionId].filter(Boolean).join(', ');
  return places === '' ? name : `${name} (${places})`;
};
