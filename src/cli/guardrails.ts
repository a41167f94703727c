import type { Command } from 'commander';
import * as z from 'zod';
import { type Api, ApiFailure } from './api.ts';
import { pauseSchema, sayPause, toPauseText } from './pause-text.ts';
import { print, say } from './terminal.ts';

const approvalsSchema = z.object({
  items: z.array(
    z.object({
      cause: z.string(),
      requests: z.number(),
      oldest: z.string().optional(),
      decision: z.string().optional(),
      examples: z.array(
        z.object({
          requestId: z.string(),
          person: z.object({ email: z.string().optional(), personId: z.string().optional() }).optional(),
          removes: z.array(z.string()),
        }),
      ),
    }),
  ),
  isMore: z.boolean().optional(),
  pause: pauseSchema.optional(),
});

const decidedSchema = z.object({
  cause: z.string().optional(),
  requestId: z.string().optional(),
  requests: z.number().default(1),
  validUntil: z.string().optional(),
});

const REASON = '--reason <text>';

export function addGuardrails(program: Command, api: () => Api): void {
  program
    .command('approvals')
    .description('list the causes under which removals wait for approval, with examples')
    .action(async () => {
      const { items, isMore, pause } = await api().get('/approvals', approvalsSchema);
      sayPause(pause);
      if (items.length === 0) say('Nothing waits for approval.');
      for (const { cause, requests, oldest, decision, examples } of items) {
        const decided = decision ? `  (${decision}: on its way)` : '';
        print(`${cause}  ${requests} requests since ${oldest ?? '?'}${decided}`);
        for (const { requestId, person, removes } of examples)
          print(`  ${person?.email ?? person?.personId ?? '?'} loses ${removes.join(', ')}  (${requestId})`);
      }
      if (isMore) say('There are more causes.');
    });
  for (const decision of ['approve', 'reject'] as const) {
    program
      .command(decision)
      .description(
        decision === 'approve'
          ? 'let removals go beyond the limits that wait under a cause, or for one request; valid for 24 hours'
          : 'cancel the requests that wait for approval under a cause, or one request',
      )
      .argument('<causeOrRequestId>')
      .requiredOption(REASON, 'the reason, for the audit trail')
      .action((name: string, { reason }: { reason: string }) => decide(api(), name, { decision, reason }));
  }
  program
    .command('pause')
    .description('hold back all changes, or some; requests are taken meanwhile')
    .option('--removals', 'only removals')
    .option('--source <name>', 'only what a source asks for')
    .requiredOption(REASON, 'the reason, for the audit trail')
    .action((scope: { removals?: true; source?: string; reason: string }) =>
      setPause(api(), { paused: true, ...scope }),
    );
  program
    .command('resume')
    .description('end the pause; what waited goes on at the rate that Webex accepts')
    .requiredOption(REASON, 'the reason, for the audit trail')
    .action(({ reason }: { reason: string }) => setPause(api(), { paused: false, reason }));
}

/** A cause has a form that few request ids have: both are tried, the cause first. */
async function decide(api: Api, name: string, body: { decision: string; reason: string }): Promise<void> {
  const isCause = /^(batch|policy|source|caller)-/.test(name);
  const encoded = encodeURIComponent(name);
  const byRequest = () =>
    api.post(`/license-requests/${encoded}/approval`, decidedSchema, { body, status: 202 });
  const decided = isCause
    ? await api
        .post(`/approvals/${encoded}`, decidedSchema, { body, status: 202 })
        .catch((error: unknown) => {
          if (!(error instanceof ApiFailure)) throw error;
          return byRequest().catch(() => {
            throw error;
          });
        })
    : await byRequest();
  const what = body.decision === 'approve' ? 'approved' : 'rejected';
  const until = decided.validUntil ? `, valid until ${decided.validUntil}` : '';
  print(`${name}  ${what}: ${decided.requests} ${decided.requests === 1 ? 'request' : 'requests'}${until}`);
}

async function setPause(api: Api, body: object): Promise<void> {
  const pause = await api.put('/pause', pauseSchema, { body, status: 200 });
  print(pause.paused ? toPauseText(pause) : 'resumed: each instance goes on within 30 seconds');
}
