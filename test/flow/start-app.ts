import { type Stack, type StackOptions, startStack } from '../../infra/local/stack.ts';
import type { WebexSimulator } from '../../infra/local/webex/simulator.ts';

/** For hosts in tests: an idle queue is polled often, because most of a flow is waiting for the next poll. */
export const QUICK = { longestPollMs: 200 };

export type AppStack = Stack & { readonly simulator: WebexSimulator };

/** The built app with the simulator, under a host that polls often. */
export async function startApp(options: StackOptions = {}): Promise<AppStack> {
  const stack = await startStack({ ...options, timing: { ...QUICK, ...options.timing } });
  const { simulator } = stack;
  if (simulator === undefined) throw new Error('There is no simulator');
  return { ...stack, simulator };
}
