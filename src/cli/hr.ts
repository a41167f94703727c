import type { Command } from 'commander';
import * as z from 'zod';
import { type Api, getPages } from './api.ts';
import { print, say } from './terminal.ts';

const recordSchema = z.object({
  eventKey: z.string(),
  state: z.string(),
  detail: z.string(),
  receivedAt: z.string(),
  event: z.object({ kind: z.string() }).optional(),
  requestIds: z.array(z.string()).default([]),
});

const STATES = ['needs-identity', 'accepted', 'applied', 'superseded', 'ignored'];

export function addHr(program: Command, api: () => Api): void {
  const hr = program.command('hr').description('the HR events that were received');
  hr.command('list')
    .description('list HR events of a state')
    .option('--state <state>', `${STATES.join(', ')} or failed`, STATES[0])
    .action(async ({ state }: { state: string }) => {
      let count = 0;
      for await (const items of getPages(api(), '/hr-events', { state })) {
        print(...items.map((item) => toLine(recordSchema.parse(item))));
        count += items.length;
      }
      say(`${count} HR ${count === 1 ? 'event is' : 'events are'} ${state}.`);
    });
  hr.command('status')
    .description('show an HR event and its requests')
    .argument('<eventKey>')
    .action(async (eventKey: string) => {
      const record = await api().get(`/hr-events/${encodeURIComponent(eventKey)}`, recordSchema);
      print(toLine(record), ...record.requestIds.map((requestId) => `  seatline status ${requestId}`));
    });
}

function toLine({ eventKey, state, detail, receivedAt, event }: z.output<typeof recordSchema>): string {
  return [eventKey, receivedAt, event?.kind, `${state}: ${detail}`].filter(Boolean).join('  ');
}
