import { once } from 'node:events';
import type { Command } from 'commander';
import { type Api, getPages } from './api.ts';
import { requestSchema, type ShownRequest, toOrganization, toReason } from './request-text.ts';
import { print, say } from './terminal.ts';

interface ListOptions {
  readonly state?: string;
  readonly source?: string;
  readonly person?: string;
  readonly since?: string;
  readonly until?: string;
  readonly json?: true;
}

export function addList(program: Command, api: () => Api): void {
  program
    .command('list')
    .description('list license requests by state, source, person or time')
    .option('--state <state>', 'such as scheduled, waiting, partial or failed')
    .option('--source <name>', 'the source, such as an HR system')
    .option('--person <emailOrId>', 'an e-mail address or a personId')
    .option('--since <time>', 'that moved at this time or later: a UTC day, or a time with offset')
    .option('--until <time>', 'that moved before this time')
    .option('--json', 'whole requests, one JSON object per line')
    .action(async ({ json, ...filter }: ListOptions) => {
      const toLines = json
        ? (items: readonly unknown[]) => items.map((item) => JSON.stringify(item))
        : toTable();
      let count = 0;
      for await (const items of getPages(api(), '/license-requests', filter)) {
        count += items.length;
        // One page at a time: a reader such as `less` may be slow.
        if (!print(...toLines(items))) await once(process.stdout, 'drain');
      }
      if (count === 0) say('No license request matches.');
    });
}

const HEADER = ['REQUEST', 'STATE', 'SINCE', 'PERSON', 'ORG', 'SOURCE', 'WHY'];

/** Prints pages as a table: the header with the first page, and columns as wide as their longest cell so far. */
function toTable(): (items: readonly unknown[]) => readonly string[] {
  let widths: readonly number[] | undefined;
  return (items) => {
    const rows = items.map((item) => toCells(requestSchema.parse(item)));
    const shown = widths ? rows : [HEADER, ...rows];
    widths = HEADER.map((_, column) =>
      Math.max(widths?.[column] ?? 0, ...shown.map((cells) => cells[column]?.length ?? 0)),
    );
    return shown.map((cells) =>
      cells
        .map((cell, column) => cell.padEnd(widths?.[column] ?? 0))
        .join('  ')
        .trimEnd(),
    );
  };
}

function toCells(shown: ShownRequest): readonly string[] {
  const { requestId, state, updatedAt, request, waiting, failure } = shown;
  const { email, personId = '' } = request?.person ?? {};
  const why = waiting
    ? `${toReason(waiting)} until ${toSeconds(waiting.until)}`
    : failure && `${failure.condition}: ${failure.detail}`;
  const organization = toOrganization(shown) ?? (request ? 'own' : '');
  return [
    requestId,
    state,
    toSeconds(updatedAt),
    email ?? personId,
    organization,
    request?.source ?? '',
    why ?? '',
  ];
}

const toSeconds = (at: string) => at.replace(/\.\d+Z$/, 'Z');
