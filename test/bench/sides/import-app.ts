/** Loads an app up to its registered functions, or nothing, and ends. Imports little: it is in each figure. */
import { pathToFileURL } from 'node:url';
import { installCore } from '../../../infra/local/host/core-module.ts';

const { functions } = installCore(() => {});
const { entry } = JSON.parse(process.argv[2] ?? '{}');
if (entry !== undefined) await import(pathToFileURL(String(entry)).href);
const { user, system } = process.cpuUsage();
process.send?.({ functions: functions.size, cpuMs: (user + system) / 1_000 }, () => process.exit(0));
