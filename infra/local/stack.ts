import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { LOCAL_HR_SOURCES } from '../../src/cli/local-sources.ts';
import { type Azurite, type AzuriteOptions, startAzurite } from './azurite.ts';
import { type HostLogEntry, type LocalHost, startHost } from './host/host.ts';
import type { HostTiming } from './host/timing.ts';
import { provision } from './provision.ts';
import { type SimulatorOptions, startWebexSimulator, type WebexSimulator } from './webex/simulator.ts';

/** The function key on this machine: the same at each start, so that a pasted command goes on working. */
export const LOCAL_FUNCTION_KEY = 'local-function-key';
export const LOCAL_MASTER_KEY = 'local-master-key';
export const LOCAL_TOKEN = 'local-admin-token';

export interface StackOptions {
  /** A built app in place of the repository's own. */
  readonly appDirectory?: string;
  /** How it is started, or one that runs already, and goes on when the stack stops. */
  readonly azurite?: AzuriteOptions | Azurite;
  readonly functionsPort?: number;
  readonly simulator?: SimulatorOptions;
  /** The real Webex in place of the simulator: the settings say how to call it. */
  readonly isRealWebex?: boolean;
  /** App settings beside, or in place of, those of this machine. */
  readonly settings?: Readonly<Record<string, string>>;
  /** In place of the times of the real host. */
  readonly timing?: Partial<HostTiming>;
  readonly onLog?: (entry: HostLogEntry) => void;
}

/** Everything that Seatline runs on, here: storage, Webex, and the Functions host on the built app. */
export interface Stack {
  readonly azurite: Azurite;
  /** Undefined where the real Webex is used. */
  readonly simulator: WebexSimulator | undefined;
  readonly host: LocalHost;
  /** The base of the HTTP functions, such as `http://127.0.0.1:7071/api`. */
  readonly apiUrl: string;
  /** Another instance of the app, on the same storage; it stops with the stack. */
  startAnotherHost(): Promise<LocalHost>;
  stop(): Promise<void>;
}

export async function startStack(options: StackOptions = {}): Promise<Stack> {
  const started: { stop(): Promise<void> }[] = [];
  let isStopped = false;
  /** In the opposite order of the start; one that fails does not keep the others running. */
  const stop = async () => {
    isStopped = true;
    const failures: unknown[] = [];
    for (const part of started.splice(0).reverse()) await part.stop().catch((error) => failures.push(error));
    if (failures.length > 0) throw new AggregateError(failures, 'Some parts did not stop');
  };
  try {
    const azurite = await provideAzurite(options.azurite);
    if (azurite !== options.azurite) started.push(azurite);
    await provision(
      azurite.connectionString,
      await readFile(join(findAppDirectory(), 'policy.example.yaml'), 'utf8'),
    );
    const simulator = options.isRealWebex
      ? undefined
      : await startWebexSimulator({ ...options.simulator, token: LOCAL_TOKEN });
    if (simulator) started.push(simulator);
    const app = {
      appDirectory: options.appDirectory ?? findAppDirectory(),
      keys: { master: LOCAL_MASTER_KEY, host: LOCAL_FUNCTION_KEY },
      settings: {
        AzureWebJobsStorage: azurite.connectionString,
        FUNCTIONS_REQUEST_BODY_SIZE_LIMIT: '2097152',
        ...(simulator && { WEBEX_ACCESS_TOKEN: LOCAL_TOKEN, WEBEX_API_URL: simulator.apiUrl }),
        HR_SOURCES: LOCAL_HR_SOURCES,
        INVENTORY_ASSIGNMENTS: 'all',
        INVENTORY_SCHEDULE: '0 0 5 * * *',
        SWEEP_SCHEDULE: '0 * * * * *',
        ...options.settings,
      },
      ...(options.timing && { timing: options.timing }),
      ...(options.onLog && { onLog: options.onLog }),
    };
    const startAnotherHost = async (port = 0) => {
      const host = await startHost({ ...app, port });
      // Whoever stopped it meanwhile does not know of this one.
      if (isStopped) {
        await host.stop();
        throw new Error('The stack was stopped before the host had started');
      }
      started.push(host);
      return host;
    };
    const host = await startAnotherHost(options.functionsPort);
    return { azurite, simulator, host, apiUrl: `${host.url}/api`, startAnotherHost, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

const provideAzurite = async (given: AzuriteOptions | Azurite = {}) =>
  'connectionString' in given ? given : startAzurite(given);

/** The repository's root, two folders above this file both as source and as built. */
const findAppDirectory = () => fileURLToPath(new URL('../..', import.meta.url));
