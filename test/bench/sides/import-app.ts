/** Loads an app up to its registered functions, or nothing, and ends. Imports little: it is in each figure. */
import { pathToFileURL } from 'node:url';
import { installCore } from '../../../infra/local/host/core-module.ts';

const { functions } = installCore(() => {});
const [, , record] = process.argv;
if (record !== undefined) await import(pathToFileURL(record).href);
const { user, system } = process.cpuUsage();
process.stdout.write(JSON.stringify({ functions: functions.size, cpuMs: (user + system) / 1_000 }));
// Sockets and timers that an app opens at its start must not keep it.
process.exit(0);
