import type { Command } from 'commander';
import * as z from 'zod';
import { type Api, ApiFailure } from './api.ts';
import { JsonOption, printAs } from './json-output.ts';
import { pauseSchema, sayPause, toPauseText } from './pause-text.ts';
import { say } from './terminal.ts';
import { count } from './words.ts';

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

type Cause = z.output<typeof approvalsSchema>['items'][number];

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
    .addOption(new JsonOption(approvalsSchema))
    .action(async (options: { json?: true }) => {
      const approvals = await api().get('/approvals', approvalsSchema);
      sayPause(approvals.pause);
      if (approvals.items.length === 0) say('Nothing waits for approval.');
      printAs(options, approvals, ({ items }) => items.flatMap(toCauseLines));
      if (approvals.isMore) say('There are more causes.');
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
      .addOption(new JsonOption(decidedSchema))
      .action(async (name: string, { reason, json }: { reason: string; json?: true }) => {
        const decided = await decide(api(), name, { decision, reason });
        const what = decision === 'approve' ? 'approved' : 'rejected';
        const until = decided.validUntil ? `, valid until ${decided.validUntil}` : '';
        printAs({ json }, decided, ({ requests }) => [
          `${name}  ${what}: ${count(requests, 'request')}${until}`,
        ]);
      });
  }
  program
    .command('pause')
    .description('hold back all changes, or some; requests are taken meanwhile')
    .option('--removals', 'only removals')
    .option('--source <name>', 'only what a source asks for')
    .requiredOption(REASON, 'the reason, for the audit trail')
    .addOption(new JsonOption(pauseSchema))
    .action(({ json, ...scope }: PauseOptions) => setPause(api(), { paused: true, ...scope }, json));
  program
    .command('resume')
    .description('end the pause; what waited goes on at the rate that Webex accepts')
    .requiredOption(REASON, 'the reason, for the audit trail')
    .addOption(new JsonOption(pauseSchema))
    .action(({ json, reason }: PauseOptions) => setPause(api(), { paused: false, reason }, json));
}

interface PauseOptions {
  readonly removals?: true;
  readonly source?: string;
  readonly reason: string;
  readonly json?: true;
}

function toCauseLines({ cause, requests, oldest, decision, examples }: Cause): readonly string[] {
  const decided = decision ? `  (${decision}: on its way)` : '';
  return [
    `${cause}  ${count(requests, 'request')} since ${oldest ?? '?'}${decided}`,
    ...examples.map(
      ({ requestId, person, removes }) =>
        `  ${person?.email ?? person?.personId ?? '?'} loses ${removes.join(', ')}  (${requestId})`,
    ),
  ];
}

/** A cause has a form that few request ids have: both are tried, the cause first. */
async function decide(
  api: Api,
  name: string,
  body: { decision: string; reason: string },
): Promise<z.output<typeof decidedSchema>> {
  const isCause = /^(batch|policy|source|caller)-/.test(name);
  const encoded = encodeURIComponent(name);
  const byRequest = () =>
    api.post(`/license-requests/${encoded}/approval`, decidedSchema, { body, status: 202 });
  if (!isCause) return byRequest();
  return api.post(`/approvals/${encoded}`, decidedSchema, { body, status: 202 }).catch((error: unknown) => {
    if (!(error instanceof ApiFailure)) throw error;
    return byRequest().catch(() => {
      throw error;
    });
  });
}

async function setPause(api: Api, body: object, json: true | undefined): Promise<void> {
  const pause = await api.put('/pause', pauseSchema, { body, status: 200 });
  printAs({ json }, pause, () => [
    pause.paused ? toPauseText(pause) : 'resumed: each instance goes on within 30 seconds',
  ]);
}
