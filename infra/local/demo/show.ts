import { styleText } from 'node:util';
import type { ShownRequest } from '../../../src/cli/request-text.ts';

type Style = Parameters<typeof styleText>[0];

const hasColor = process.stdout.isTTY && !process.env.NO_COLOR;
const paint = (style: Style, text: string) => (hasColor ? styleText(style, text) : text);

export const heading = (text: string): string => `\n${paint('bold', text)}\n`;

const STATE_STYLES: Readonly<Record<string, Style>> = {
  succeeded: 'green',
  partial: 'yellow',
  failed: 'red',
};
const LINE_LENGTH = 110;

/** A request at a glance: what it shows, who, what was wanted and came of it, and why. */
export function toCard(shows: string, via: string, request: ShownRequest): string {
  const { state, attempts, results = [], history, failure, original } = request;
  const person = request.request?.person.email ?? '(no person)';
  const title = `${paint(STATE_STYLES[state] ?? 'reset', state.padEnd(9))} ${person.padEnd(24)} ${shows} (${via})`;
  const items = results.map(({ license, siteUrl, operation, result, changed, condition, code, detail }) => {
    const name = typeof license === 'object' ? license.name : (license ?? siteUrl ?? '');
    const before = changed === false ? ' (was so before this attempt)' : '';
    const why = condition ? ` - ${condition}${code ? ` (Webex ${code})` : ''}` : '';
    const explained = detail ? wrap(detail, '               ') : '';
    return `            ${operation === 'add' ? '+' : '-'} ${name.padEnd(30)} ${result}${before}${why}${explained}`;
  });
  const trail = history
    .map(({ state: step, status, detail }) => [step, detail ?? status].filter(Boolean).join(': '))
    .join(' > ');
  const dead =
    failure && results.length === 0
      ? [`            ${failure.condition}: ${failure.detail}`, `            its text: ${original}`]
      : [];
  const count = `${attempts} ${attempts === 1 ? 'attempt' : 'attempts'}`;
  return [title, ...items, ...dead, paint('dim', `            ${count}; ${trail}`), ''].join('\n');
}

function wrap(text: string, indent: string): string {
  const lines: string[] = [''];
  for (const word of text.split(' ')) {
    const line = lines.at(-1) ?? '';
    if (line.length > 0 && line.length + word.length + indent.length >= LINE_LENGTH) lines.push(word);
    else lines[lines.length - 1] = line ? `${line} ${word}` : word;
  }
  return lines.map((line) => `\n${paint('dim', indent + line)}`).join('');
}

const BAR_LENGTH = 20;

export interface InventoryRow {
  readonly name: string;
  readonly subscriptionId?: string | undefined;
  readonly totalUnits?: number | undefined;
  readonly consumedUnits?: number | undefined;
  readonly freeUnits?: number | undefined;
}

/** The inventory by license: total, consumed, free, and a bar. */
export function toInventoryTable(rows: readonly InventoryRow[]): string {
  const line = (name: string, subscription: string, total: string, used: string, free: string, bar: string) =>
    `  ${name.padEnd(36)} ${subscription.padEnd(10)} ${total.padStart(6)} ${used.padStart(9)} ${free.padStart(6)}  ${bar}`;
  return [
    paint('dim', line('License', 'In', 'Total', 'Consumed', 'Free', '')),
    ...rows.map(({ name, subscriptionId = '', totalUnits = 0, consumedUnits = 0, freeUnits = 0 }) => {
      const used = Math.min(BAR_LENGTH, Math.round((consumedUnits / Math.max(totalUnits, 1)) * BAR_LENGTH));
      const bar = '█'.repeat(used) + '░'.repeat(BAR_LENGTH - used);
      return line(name, subscriptionId, `${totalUnits}`, `${consumedUnits}`, `${freeUnits}`, bar);
    }),
  ].join('\n');
}
