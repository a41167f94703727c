import type { Command } from 'commander';
import { type Api, getPages } from './api.ts';
import { addHrSend } from './hr-send.ts';
import { hrEventAnswerSchema, printHrEvent, readHrEvent } from './hr-show.ts';
import { addHrTail } from './hr-tail.ts';
import { hrEventSchema, type ShownHrEvent, toOutcome, toWho } from './hr-text.ts';
import { JsonOption, listOf, printPages } from './json-output.ts';
import { type LocalTime, timeOption, toTimes } from './local-time.ts';
import { createTable } from './table.ts';
import { say } from './terminal.ts';
import { toSeconds } from './words.ts';

const STATES = ['needs-identity', 'accepted', 'applied', 'superseded', 'ignored'];

export function addHr(program: Command, api: () => Api): void {
  const hr = program.command('hr').description('the HR events that were received, and samples to send');
  hr.command('list')
    .description(
      'list HR events by state, source, employee, person or time; without an option, those that need an identity',
    )
    .option('--state <state>', `${STATES.join(', ')} or failed`)
    .option('--source <name>', 'an HR source')
    .option('--employee <id>', "HR's id of an employee of the source")
    .option('--person <emailOrId>', 'an e-mail address or a personId')
    .addOption(timeOption('--since <time>', 'that came into their state at this time or later', 'any'))
    .addOption(timeOption('--until <time>', 'that came into their state before this time', 'any'))
    .addOption(new JsonOption(listOf(hrEventSchema)))
    .action(async ({ json, ...filter }: ListOptions) => {
      const pages = getPages(api(), '/hr-events', toTimes(filter));
      const count = await printPages(pages, { json, schema: hrEventSchema, toLines: toTable() });
      const what = filter.state ?? (Object.keys(filter).length === 0 ? 'needs-identity' : undefined);
      const are = count === 1 ? 'event is' : 'events are';
      say(what ? `${count} HR ${are} ${what}.` : `${count} HR events.`);
    });
  hr.command('show')
    .description('show an HR event, what became of it, and what to do next')
    .argument('<eventKey>')
    .addOption(new JsonOption(hrEventAnswerSchema))
    .action(async (eventKey: string, options: { json?: true }) =>
      printHrEvent(await readHrEvent(api(), eventKey), options),
    );
  addHrSend(hr, api, () => program.opts<{ url: string }>().url);
  addHrTail(hr, api);
}

interface ListOptions {
  readonly state?: string;
  readonly source?: string;
  readonly employee?: string;
  readonly person?: string;
  readonly since?: LocalTime;
  readonly until?: LocalTime;
  readonly json?: true;
}

function toTable(): (events: readonly ShownHrEvent[]) => readonly string[] {
  const table = createTable([
    ...[{ heading: 'EVENT' }, { heading: 'RECEIVED' }, { heading: 'KIND' }, { heading: 'STATE' }],
    ...[
      { heading: 'WHO', shortenAs: 2 },
      { heading: 'WHY', shortenAs: 1 },
    ],
  ]);
  return (events) =>
    table(
      events.map((shown) => [
        ...[shown.eventKey, toSeconds(shown.receivedAt), shown.event.kind, shown.state],
        ...[toWho(shown), [shown.detail, toOutcome(shown)].filter(Boolean).join(' ')],
      ]),
    );
}
