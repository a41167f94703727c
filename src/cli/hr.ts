import { once } from 'node:events';
import type { Command } from 'commander';
import { type Api, getPages } from './api.ts';
import { addHrSend } from './hr-send.ts';
import { printHrEvent, readHrEvent } from './hr-show.ts';
import { addHrTail } from './hr-tail.ts';
import { hrEventSchema, toHrEventLine } from './hr-text.ts';
import { print, say } from './terminal.ts';

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
    .option(
      '--since <time>',
      'that came into their state at this time or later: a UTC day, or a time with offset',
    )
    .option('--until <time>', 'before this time')
    .action(async (filter: Record<string, string>) => {
      let count = 0;
      for await (const items of getPages(api(), '/hr-events', filter)) {
        if (items.length > 0 && !print(...items.map((item) => toHrEventLine(hrEventSchema.parse(item)))))
          await once(process.stdout, 'drain');
        count += items.length;
      }
      const what = filter.state ?? (Object.keys(filter).length === 0 ? 'needs-identity' : undefined);
      const are = count === 1 ? 'event is' : 'events are';
      say(what ? `${count} HR ${are} ${what}.` : `${count} HR events.`);
    });
  hr.command('show')
    .description('show an HR event, what became of it, and what to do next')
    .argument('<eventKey>')
    .action(async (eventKey: string) => printHrEvent(await readHrEvent(api(), eventKey)));
  addHrSend(hr, api, () => program.opts<{ url: string }>().url);
  addHrTail(hr, api);
}
