import type { Command } from 'commander';
import * as z from 'zod';
import { type Api, toFailure } from './api.ts';
import { print, say } from './terminal.ts';

const recordSchema = z.object({
  eventKey: z.string(),
  state: z.string(),
  detail: z.string(),
  receivedAt: z.string(),
  event: z.object({ kind: z.string() }).optional(),
  requestIds: z.array(z.string()).default([]),
});
const pageSchema = z.object({ items: z.array(recordSchema), next: z.string().optional() });

const NEEDS_IDENTITY = 'needs-identity';

export function addHr(program: Command, api: () => Api): void {
  const hr = program.command('hr').description('the HR events that were received');
  hr.command('list')
    .description('list HR events of a state')
    .option(
      '--state <state>',
      'needs-identity, accepted, applied, superseded, ignored or failed',
      NEEDS_IDENTITY,
    )
    .action(async ({ state }: { state: string }) => {
      let count = 0;
      for (let query: string | undefined = `?${new URLSearchParams({ state })}`; query !== undefined; ) {
        const { status, body } = await api().call('GET', `/hr-events${query}`);
        if (status !== 200) throw toFailure({ status, body });
        const { items, next } = pageSchema.parse(body);
        print(...items.map(toLine));
        count += items.length;
        query = next;
      }
      say(`${count} HR ${count === 1 ? 'event is' : 'events are'} ${state}.`);
    });
  hr.command('status')
    .description('show what became of an HR event')
    .argument('<eventKey>')
    .action(async (eventKey: string) => {
      const { status, body } = await api().call('GET', `/hr-events/${encodeURIComponent(eventKey)}`);
      if (status !== 200) throw toFailure({ status, body });
      const record = recordSchema.parse(body);
      print(toLine(record), ...record.requestIds.map((requestId) => `  seatline status ${requestId}`));
    });
}

function toLine({ eventKey, state, detail, receivedAt, event }: z.output<typeof recordSchema>): string {
  return [eventKey, receivedAt, event?.kind, `${state}: ${detail}`].filter(Boolean).join('  ');
}
