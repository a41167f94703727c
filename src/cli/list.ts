import type { Command } from 'commander';
import * as z from 'zod';
import { type Api, ApiFailure, toProblemText } from './api.ts';
import { requestSchema, type ShownRequest } from './request-text.ts';

interface ListOptions {
  readonly state?: string;
  readonly source?: string;
  readonly person?: string;
  readonly json?: true;
}

const pageSchema = z.object({ items: z.array(z.unknown()), next: z.string().optional() });

export function addList(program: Command, api: () => Api): void {
  program
    .command('list')
    .description('list license requests, of a state, a source or a person')
    .option('--state <state>', 'such as scheduled, waiting, partial or failed')
    .option('--source <name>', 'who asked, such as an HR source')
    .option('--person <emailOrId>', 'an e-mail address or a personId')
    .option('--json', 'whole requests, one JSON object a line')
    .action(async ({ json, ...filter }: ListOptions) => {
      if (!json) process.stdout.write(`${HEADER}\n`);
      for await (const item of toRequests(api(), new URLSearchParams(filter))) {
        const line = json ? JSON.stringify(item) : toRow(requestSchema.parse(item));
        process.stdout.write(`${line}\n`);
      }
    });
}

/** All that fit, page by page. */
async function* toRequests(api: Api, filter: URLSearchParams): AsyncGenerator<unknown> {
  for (let query: string | undefined = `?${filter}`; query !== undefined; ) {
    const { status, body } = await api.call('GET', `/license-requests${query}`);
    if (status !== 200) throw new ApiFailure(toProblemText(status, body));
    const page = pageSchema.parse(body);
    yield* page.items;
    query = page.next;
  }
}

const toColumns = ([id = '', state = '', updated = '', person = '', source = '', why = '']: string[]) =>
  [id.padEnd(36), state.padEnd(10), updated.padEnd(20), person.padEnd(28), source.padEnd(10), why]
    .join('  ')
    .trimEnd();

const HEADER = toColumns(['REQUEST', 'STATE', 'SINCE', 'PERSON', 'SOURCE', 'WHY']);

function toRow({ requestId, state, updatedAt, request, waiting, failure }: ShownRequest): string {
  const { email, personId = '' } = request?.person ?? {};
  const why = waiting
    ? `${waiting.for} until ${toSeconds(waiting.until)}`
    : failure && `${failure.condition}: ${failure.detail}`;
  return toColumns([
    requestId,
    state,
    toSeconds(updatedAt),
    email ?? personId,
    request?.source ?? '',
    why ?? '',
  ]);
}

const toSeconds = (at: string) => at.replace(/\.\d+Z$/, 'Z');
