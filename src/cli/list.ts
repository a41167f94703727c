import { type Command, Option } from 'commander';
import { FINAL_STATES, OPEN_STATES } from '../requests/record/states.ts';
import { type Api, getPages } from './api.ts';
import { JsonOption, printAs, printPages } from './json-output.ts';
import { type Latest, latestSchema, readLatest } from './latest-requests.ts';
import { type LocalTime, timeOption, toTimes } from './local-time.ts';
import { requestSchema, type ShownRequest, toOrganization, toReason } from './request-text.ts';
import { createTable } from './table.ts';
import { say } from './terminal.ts';
import { toSeconds } from './words.ts';

interface ListOptions {
  readonly state?: string;
  readonly source?: string;
  readonly person?: string;
  readonly since?: LocalTime;
  readonly until?: LocalTime;
  readonly json?: true;
}

export function addList(program: Command, api: () => Api): void {
  program
    .command('list')
    .description(
      'list license requests by state, source, person or time; without an option, count and show the latest',
    )
    .addOption(new Option('--state <state>', 'their state').choices([...OPEN_STATES, ...FINAL_STATES]))
    .option('--source <name>', 'the source, such as an HR system')
    .option('--person <emailOrId>', 'an e-mail address or a personId')
    .addOption(timeOption('--since <time>', 'that moved at this time or later', 'any'))
    .addOption(timeOption('--until <time>', 'that moved before this time', 'any'))
    .addOption(new JsonOption(latestSchema.partial({ since: true, states: true, isMore: true })))
    .action(async ({ json, ...filter }: ListOptions) => {
      if (Object.keys(filter).length === 0)
        return printAs({ json }, await readLatest(api(), new Date()), toLatestLines);
      const pages = getPages(api(), '/license-requests', toTimes(filter));
      const count = await printPages(pages, { json, schema: requestSchema, toLines: toRequestTable() });
      if (count === 0) say('No license request matches.');
    });
}

function toLatestLines({ since, states, isMore, items }: Latest): readonly string[] {
  const counts = Object.entries(states).map(([state, number]) => `${number} ${state}`);
  const more = isMore ? ', and more' : '';
  return [
    `since ${toSeconds(since)}: ${counts.length > 0 ? counts.join(', ') : 'no request has moved'}${more}`,
    ...toRequestTable()(items),
  ];
}

/** Pages of requests as a table. */
function toRequestTable(): (requests: readonly ShownRequest[]) => readonly string[] {
  const table = createTable([
    { heading: 'REQUEST' },
    { heading: 'STATE' },
    { heading: 'SINCE' },
    { heading: 'PERSON', shortenAs: 4 },
    { heading: 'ORG', shortenAs: 1 },
    { heading: 'SOURCE', shortenAs: 2 },
    { heading: 'WHY', shortenAs: 3 },
  ]);
  return (requests) => table(requests.map(toCells));
}

function toCells(shown: ShownRequest): readonly string[] {
  const { requestId, state, updatedAt, request, waiting, failure } = shown;
  const { email, personId = '' } = request?.person ?? {};
  const why = waiting
    ? `${toReason(waiting)} until ${toSeconds(waiting.until)}`
    : failure && `${failure.condition}: ${failure.detail}`;
  const organization = toOrganization(shown) ?? (request ? 'own' : '');
  return [
    ...[requestId, state, toSeconds(updatedAt), email ?? personId],
    ...[organization, request?.source ?? '', why ?? ''],
  ];
}
