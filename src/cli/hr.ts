import { once } from 'node:events';
import type { Command } from 'commander';
import * as z from 'zod';
import { type Api, getPages } from './api.ts';
import { print, say } from './terminal.ts';

const recordSchema = z.object({
  eventKey: z.string(),
  state: z.string(),
  detail: z.string(),
  outcome: z.string().optional(),
  receivedAt: z.string(),
  event: z.object({ kind: z.string() }).optional(),
  requestIds: z.array(z.string()).default([]),
});

const STATES = ['needs-identity', 'accepted', 'applied', 'superseded', 'ignored'];

export function addHr(program: Command, api: () => Api): void {
  const hr = program.command('hr').description('the HR events that were received');
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
        if (items.length > 0 && !print(...items.map((item) => toLine(recordSchema.parse(item)))))
          await once(process.stdout, 'drain');
        count += items.length;
      }
      const what = filter.state ?? (Object.keys(filter).length === 0 ? 'needs-identity' : undefined);
      const are = count === 1 ? 'event is' : 'events are';
      say(what ? `${count} HR ${are} ${what}.` : `${count} HR events.`);
    });
  hr.command('status')
    .description('show an HR event and its requests')
    .argument('<eventKey>')
    .action(async (eventKey: string) => {
      const record = await api().get(`/hr-events/${encodeURIComponent(eventKey)}`, recordSchema);
      print(toLine(record), ...record.requestIds.map((requestId) => `  seatline status ${requestId}`));
    });
}

function toLine({
  eventKey,
  state,
  detail,
  outcome,
  receivedAt,
  event,
}: z.output<typeof recordSchema>): string {
  return [eventKey, receivedAt, event?.kind, `${state}: ${detail}`, outcome && `(${outcome})`]
    .filter(Boolean)
    .join('  ');
}
