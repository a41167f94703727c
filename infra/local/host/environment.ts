import { createHash } from 'node:crypto';
import { hostname } from 'node:os';
import type { Settings } from './settings.ts';

/** What the app sees: its settings, and of this process only what a program needs to run. */
export function toEnvironment(settings: Settings): Readonly<Record<string, string>> {
  const { PATH = '', HOME = '', TMPDIR, TZ } = process.env;
  const basics = { PATH, HOME, ...(TMPDIR && { TMPDIR }), ...(TZ && { TZ }) };
  return { ...basics, AZURE_FUNCTIONS_ENVIRONMENT: 'Development', ...settings };
}

/** The same for each host of one app on this machine, so that they share timers; at most 32 characters. */
export function toHostId(appDirectory: string, settings: Settings): string {
  const machine = hostname()
    .toLowerCase()
    .replace(/[^a-z0-9]/g, '')
    .slice(0, 15);
  const hash = createHash('sha256').update(appDirectory).digest('hex').slice(0, 16);
  return settings.AzureFunctionsWebHost__hostid ?? `${machine}-${hash}`;
}
