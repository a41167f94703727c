import { cp, mkdtemp, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type Azurite, startAzurite } from '../../infra/local/azurite.ts';
import { type HostLogEntry, type LocalHost, startHost } from '../../infra/local/host/host.ts';
import { provision } from '../../infra/local/provision.ts';
import { LOCAL_FUNCTION_KEY, LOCAL_MASTER_KEY, LOCAL_TOKEN } from '../../infra/local/stack.ts';
import { createOrganization as createWebexOrganization } from '../../infra/local/webex/new-organization.ts';
import type { Organization } from '../../infra/local/webex/organization.ts';
import { seedOrganization } from '../../infra/local/webex/seed.ts';
import { startWebexSimulator, type WebexSimulator } from '../../infra/local/webex/simulator.ts';
import { LOCAL_HR_SOURCES } from '../../src/cli/local-sources.ts';
import { startShortPages } from '../short-pages.ts';
import { SECOND_ORG } from './spelling.ts';
import { createSweepRuns } from './sweep-runs.ts';
import { followTimeFactor, measureTimeFactor } from './time-factor.ts';
import { type Call, startWire, type Watch, type Wire } from './wire.ts';
import { LICENSES, POLICY, SCARCE } from './workload.ts';

export const HOSTS = 3;
/** The clocks of the machines differ, as the promise allows. */
const CLOCKS_AHEAD_MS = [0, -4_000, 6_000];
const SERVICES = ['blob', 'queue', 'table'] as const;
/** More than anybody needs. */
const UNITS = 100_000;
/** Fewer than come due at once, and not so few that all goes into paging. */
const ROWS_PER_PAGE = 25;

/** How long a request may wait for what may never come. */
export const HORIZON_MS = 3_600_000;
/** Before each further look at a person who is still unknown after the first ones. */
export const LONGEST_LOOK_MS = 1_790_000;

const SETTINGS = {
  WEBEX_ACCESS_TOKEN: LOCAL_TOKEN,
  WEBEX_ORG_IDS: SECOND_ORG.id,
  HR_SOURCES: LOCAL_HR_SOURCES,
  RETRY_BASE_SECONDS: '1',
  RETRY_HORIZON_HOURS: `${HORIZON_MS / 3_600_000}`,
  // Those who are late are there at the third look; the horizon of the others is over after two nights.
  PERSON_NOT_FOUND_DELAYS_SECONDS: `1,1,2,${LONGEST_LOOK_MS / 1_000}`,
  WEBEX_TIMEOUT_SECONDS: '3',
  // Nobody waits for approval; each removal is counted, also while workers are killed and storage is away.
  REMOVALS_PER_HOUR: '1000',
  REMOVALS_PER_DAY: '4000',
  CALLING_REMOVALS_PER_HOUR: '1000',
  CALLING_REMOVALS_PER_DAY: '4000',
  // The sweep is run by hand: a timer runs on one host alone, and its lock outlives a host that is killed.
  INVENTORY_SCHEDULE: '0 0 5 1 1 *',
  SWEEP_SCHEDULE: '0 0 5 1 1 *',
};
/** As much sooner than in host.json as time goes faster, and as much more often as workers are killed. */
const QUEUES = { visibilityTimeout: '00:00:01', maxPollingInterval: '00:00:01', maxDequeueCount: 50 };
const LEASE_SECONDS = 15;
const LEAP_SEEN_WITHIN_MS = 300;

/** Hosts of the built app on one storage and one Webex, with a wire between each of them and these. */
export interface Cluster {
  readonly simulator: WebexSimulator;
  /** Storage itself, with no wire between. */
  readonly connectionString: string;
  /** The time by the clock of the app. */
  now(): Date;
  /** The base of a host's HTTP functions; undefined while it is down. */
  apiUrl(host: number): string | undefined;
  runSweep(host: number): Promise<void>;
  readonly sweeps: Pick<ReturnType<typeof createSweepRuns>, 'untilAtMost'>;
  crashWorker(host: number): void;
  /** The machine of a host dies, and comes back. */
  crashHost(host: number): Promise<void>;
  /**
   * All machines are off for so long by the clock of the app, and on again after that.
   * @param inTheNight what happens meanwhile
   */
  passNight(ms: number, inTheNight?: () => void): Promise<void>;
  /** The clocks of all leap. Only where nothing is under way: to whom they leap last, a lease is over too early. */
  skipTime(ms: number): Promise<void>;
  resend: Wire['resend'];
  /** Stops storage by SIGTERM, and starts it with the same data. */
  restartStorage(): Promise<void>;
  /** Cuts every connection of the hosts to storage from now on, or no more. */
  setStorageAway(isAway: boolean): void;
  stop(): Promise<void>;
}

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/**
 * @param hostRetryMs see `HostTiming`: a host without storage ends after 26 times this
 * @param more settings in place of those of all runs
 */
export async function startCluster(
  watch: Watch,
  hostRetryMs: number,
  onLog: (record: HostLogEntry) => void,
  more: Readonly<Record<string, string>> = {},
): Promise<Cluster> {
  let isStorageAway = false;
  const isCut = ({ to }: Call) => isStorageAway && to !== 'webex';
  const storageWatch: Watch = {
    before: (call) => (isCut(call) ? 'cut' : watch.before(call)),
    async after(call, answered) {
      // What has reached storage is so, though its answer does not come back.
      const decision = await watch.after(call, answered);
      return isCut(call) ? 'cut' : decision;
    },
  };
  const started: { stop(): Promise<unknown> }[] = [];
  const stop = async () => {
    for (const part of started.splice(0).reverse()) await part.stop();
  };
  const folder = async (name: string) => {
    const path = await mkdtemp(join(tmpdir(), `seatline-${name}-`));
    started.push({ stop: () => rm(path, { recursive: true, force: true }) });
    return path;
  };
  try {
    const location = await folder('chaos-storage');
    const appDirectory = await folder('chaos-app');
    await createAppDirectory(appDirectory);
    let azurite: Azurite = await startAzurite({ location });
    let restarting = Promise.resolve();
    started.push({
      async stop() {
        // One that is just starting would be left behind; whoever restarts it is told how that ends.
        await Promise.allSettled([restarting]);
        await azurite.stop();
      },
    });
    const portOf = (url: string) => Number(new URL(url).port);
    const { urls, connectionString } = azurite;
    const ports = { blob: portOf(urls.blob), queue: portOf(urls.queue), table: portOf(urls.table) };
    await provision(connectionString, POLICY);
    const simulator = await startWebexSimulator({
      token: LOCAL_TOKEN,
      createOrganization,
      createCustomers: () => [createSecondOrganization()],
    });
    started.push(simulator);
    simulator.grantToken(LOCAL_TOKEN, true);
    const pages = await startShortPages({ connectionString, urls }, ROWS_PER_PAGE);
    started.push(pages);

    const startedAt = Date.now();
    const timeFile = join(await folder('chaos-clock'), 'time');
    let time = { from: startedAt, at: startedAt, factor: await measureTimeFactor() };
    const nowMs = () => time.at + (Date.now() - time.from) * time.factor;
    let writes = 0;
    const setTime = async (next: typeof time) => {
      time = next;
      writes += 1;
      const file = `${timeFile}.${writes}`;
      // Whole or not at all: the workers read it at any time.
      await writeFile(file, JSON.stringify(time));
      await rename(file, timeFile);
    };
    const leap = (ms: number) => setTime({ ...time, at: time.at + ms });
    await leap(0);
    started.push(
      followTimeFactor(connectionString, async (factor) => {
        if (factor !== time.factor) await setTime({ from: Date.now(), at: nowMs(), factor });
      }),
    );
    const toClock = (aheadMs: number) => ({
      NODE_OPTIONS: `--import=${new URL('test/chaos/fast-time.mjs', `file://${ROOT}`).href}`,
      FAST_TIME_FILE: timeFile,
      FAST_TIME_AHEAD_MS: `${aheadMs}`,
    });
    const sweeps = createSweepRuns();
    const hosts: (LocalHost | undefined)[] = [];
    /** Machines that died, until they are back. */
    const crashing = new Set<Promise<void>>();
    const starts: (() => Promise<void>)[] = [];
    const wires: Wire[] = [];
    for (let index = 0; index < HOSTS; index += 1) {
      let storage = connectionString;
      for (const service of SERVICES) {
        const target = service === 'table' ? pages.url : urls[service];
        const wire = await startWire(service, index, target, storageWatch);
        started.push(wire);
        storage = storage.replace(urls[service], wire.url);
      }
      const webex = await startWire('webex', index, simulator.url, watch);
      started.push(webex);
      wires.push(webex);
      const settings = {
        ...SETTINGS,
        ...more,
        AzureWebJobsStorage: storage,
        WEBEX_API_URL: `${webex.url}/v1`,
      };
      const keys = { master: LOCAL_MASTER_KEY, host: LOCAL_FUNCTION_KEY };
      starts.push(async () => {
        hosts[index] = await startHost({
          ...{ appDirectory, keys },
          settings: { ...settings, ...toClock(CLOCKS_AHEAD_MS[index] ?? 0) },
          onLog(record) {
            sweeps.note(record);
            onLog(record);
          },
          timing: { messageLeaseSeconds: LEASE_SECONDS, storageRetryMs: hostRetryMs },
          drainTimeoutMs: 2_000,
        });
      });
      started.push({ stop: async () => hosts[index]?.stop() });
    }
    await Promise.all(starts.map((start) => start()));

    return {
      simulator,
      connectionString,
      now: () => new Date(nowMs()),
      apiUrl: (host) => hosts[host] && `${hosts[host].url}/api`,
      async runSweep(host) {
        const url = hosts[host]?.url;
        const headers = { 'x-functions-key': LOCAL_MASTER_KEY };
        if (url) await fetch(`${url}/admin/functions/sweep`, { method: 'POST', headers, body: '{}' });
      },
      sweeps,
      crashWorker: (host) => hosts[host]?.crashWorker(),
      crashHost(host) {
        const crash = async () => {
          const dead = hosts[host];
          hosts[host] = undefined;
          await dead?.crash();
          if (dead) await starts[host]?.();
        };
        const crashed = crash().finally(() => crashing.delete(crashed));
        crashing.add(crashed);
        return crashed;
      },
      async skipTime(ms) {
        await leap(ms);
        await delay(LEAP_SEEN_WITHIN_MS);
      },
      async passNight(ms, inTheNight = () => {}) {
        await Promise.all(crashing);
        await Promise.all(hosts.splice(0).map((host) => host?.crash()));
        sweeps.forget();
        await leap(ms);
        inTheNight();
        await Promise.all(starts.map((start) => start()));
      },
      resend: (call) => wires[call.host]?.resend(call) ?? Promise.resolve(),
      restartStorage() {
        restarting = azurite.stop().then(async () => {
          azurite = await startAzurite({ location, ports });
        });
        return restarting;
      },
      setStorageAway(isAway) {
        isStorageAway = isAway;
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The built app, with a host.json for hurried times. */
export async function createAppDirectory(appDirectory: string): Promise<void> {
  const hostJson = JSON.parse(await readFile(join(ROOT, 'host.json'), 'utf8'));
  Object.assign(hostJson.extensions.queues, QUEUES);
  await writeFile(join(appDirectory, 'host.json'), JSON.stringify(hostJson));
  await cp(join(ROOT, 'package.json'), join(appDirectory, 'package.json'));
  await symlink(join(ROOT, 'dist'), join(appDirectory, 'dist'));
}

/** With seats for all, but for one license. */
export function createOrganization() {
  const organization = seedOrganization();
  for (const license of organization.licenses.values())
    license.totalUnits = license.name === SCARCE ? license.consumedUnits : UNITS;
  return organization;
}

const KINDS = {
  'Advanced Messaging': 'messaging',
  'Webex Webinars 1000': 'webinars',
  'Webex Suite': 'suite',
} as const;

/** What the token manages beside its own organization. */
const createSecondOrganization = () =>
  createWebexOrganization({
    name: SECOND_ORG.name,
    licenses: [
      { name: 'Basic Messaging', kind: 'messaging-basic', totalUnits: 9 },
      { name: 'Basic Space Meetings', kind: 'meetings-basic', totalUnits: 9 },
      ...LICENSES.map((name) => {
        return { name, kind: KINDS[name], totalUnits: UNITS, subscriptionId: 'Sub300100' };
      }),
    ],
    people: [],
    locations: [],
  });

/** More seats are bought of the license that had none left. */
export function buySeats({ licenses }: Organization): void {
  for (const license of licenses.values()) if (license.name === SCARCE) license.totalUnits = UNITS;
}
