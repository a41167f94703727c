import { type Stack, type StackOptions, startStack } from '../../infra/local/stack.ts';
import type { WebexSimulator } from '../../infra/local/webex/simulator.ts';
import { takeAzurite } from '../worker-azurite.ts';

/** For hosts in tests: an idle queue is polled often, because most of a flow is waiting for the next poll. */
export const QUICK = { longestPollMs: 200 };

/** For tests that are about something else than limits: nobody waits for approval, and each removal is counted. */
export const ROOMY_LIMITS = {
  REMOVALS_PER_HOUR: '1000',
  REMOVALS_PER_DAY: '4000',
  CALLING_REMOVALS_PER_HOUR: '1000',
  CALLING_REMOVALS_PER_DAY: '4000',
};

export type AppStack = Stack & { readonly simulator: WebexSimulator };

/** The built app with the simulator, under a host that polls often. */
export async function startApp(options: StackOptions = {}): Promise<AppStack> {
  const settings = { ...ROOMY_LIMITS, ...options.settings };
  const azurite = options.azurite ?? (await takeAzurite());
  const stack = await startStack({ ...options, azurite, settings, timing: { ...QUICK, ...options.timing } });
  const { simulator } = stack;
  if (simulator === undefined) throw new Error('There is no simulator');
  return { ...stack, simulator };
}
