/** `npm start`: the whole system on this machine, until Ctrl-C. */
import { access, constants, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createApi } from '../../src/cli/api.ts';
import { pauseSchema, toPauseText } from '../../src/cli/pause-text.ts';
import { endWithReader, toPrintable } from '../../src/cli/terminal.ts';
import { POLICY_FILE, readOwnPolicy } from './own-policy.ts';
import { readOwnSettings } from './own-settings.ts';
import { isTaken, parsePort } from './ports.ts';
import { createLinks } from './provision.ts';
import { toShellLines } from './shell-lines.ts';
import { LOCAL_FUNCTION_KEY, LOCAL_MASTER_KEY, type Stack, startStack } from './stack.ts';
import { toLine } from './start-lines.ts';
import { readSavedOrganizations, saveOrganizations } from './webex/saved-organization.ts';
import { seedOrganization } from './webex/seed.ts';
import { seedCustomers } from './webex/seed-customers.ts';

const PORTS = {
  'functions-port': ['7071', 'the HTTP functions'],
  'blob-port': ['10000', 'Azurite, blobs'],
  'queue-port': ['10001', 'Azurite, queues'],
  'table-port': ['10002', 'Azurite, tables'],
  'webex-port': ['7080', 'the Webex simulator'],
} as const;

const HELP = `npm start -- [options]

Runs Seatline on this machine: Azurite, a Webex simulator, and the functions.
${Object.entries(PORTS)
  .map(([name, [preset, what]]) => `  ${`--${name} <port>`.padEnd(26)} ${what}; default ${preset}`)
  .join('\n')}
  --data <folder>            keeps the data between runs; else it is gone at the end
  --settings <file>          settings of your own ("Values"); default local.settings.json, where it is there
  --policy <file>            a policy of your own; default policy.yaml, where it is there
  --help

With WEBEX_ACCESS_TOKEN set, in the environment or in the settings, it uses the real Webex in place of the
simulator (WEBEX_API_URL: another base). What the environment sets counts before the settings file.
`;

const print = (text: string) => process.stdout.write(`${text}\n`);

/** A mistake on the command line: one line to read. */
class UsageError extends Error {}

async function parsePorts(values: Readonly<Record<string, string | boolean | undefined>>, isReal: boolean) {
  const ports: Record<string, number> = {};
  for (const [name, [preset, what]] of Object.entries(PORTS)) {
    const port = parsePort(`--${name}`, String(values[name] ?? preset));
    const isNeeded = !(isReal && name === 'webex-port');
    if (isNeeded && (await isTaken(port))) {
      throw new UsageError(`Port ${port} (${what}) is taken: choose another with --${name}.`);
    }
    const other = Object.keys(ports).find((one) => port !== 0 && ports[one] === port);
    if (isNeeded && other !== undefined) {
      throw new UsageError(`Port ${port} is given to both --${other} and --${name}: choose another for one.`);
    }
    if (isNeeded) ports[name] = port;
  }
  return (name: keyof typeof PORTS) => ports[name] ?? 0;
}

async function start(values: Readonly<Record<string, string | boolean | undefined>>): Promise<Started> {
  const own = await readOwnSettings(textOf(values.settings), process.env);
  const policy = await readOwnPolicy({ named: textOf(values.policy), print });
  const port = await parsePorts(values, own.isRealWebex);
  const data = textOf(values.data);
  if (data) await makeFolder(data);
  const saved = data && join(data, 'webex-simulator.json');
  const [organization = seedOrganization(), ...customers] =
    (saved && (await readSavedOrganizations(saved))) || [];
  print('Starting …');
  const stack = await startStack({
    azurite: {
      ports: { blob: port('blob-port'), queue: port('queue-port'), table: port('table-port') },
      ...(data && { location: data }),
    },
    functionsPort: port('functions-port'),
    simulator: {
      port: port('webex-port'),
      createOrganization: () => organization,
      createCustomers: () => (customers.length > 0 ? customers : seedCustomers()),
    },
    isRealWebex: own.isRealWebex,
    settings: own.settings,
    onLog: (entry) => {
      const line = toLine(entry, new Date());
      if (line) print(line.split('\n').map(toPrintable).join('\n'));
    },
  });
  const following = await policy?.follow(stack.azurite.connectionString).catch(async (error: unknown) => {
    await stack.stop();
    throw error;
  });
  const stop = async () => {
    await following?.stop();
    if (saved && stack.simulator) await saveOrganizations(saved, stack.simulator.organizations());
    await stack.stop();
  };
  const kept = data ? `, unless ${data} has kept another one` : '';
  const taken = [
    ...own.lines,
    policy?.line ?? `Policy     policy.example.yaml${kept}; your own is ${POLICY_FILE}, or --policy <file>`,
  ];
  return { ...stack, stop, taken: [...taken, ...(await readPauseLines(stack.apiUrl))] };
}

async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
    await access(folder, constants.W_OK);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new UsageError(
      `--data ${folder} cannot be written (${code}): choose another folder, or make it writable.`,
    );
  }
}

/** A pause of an earlier run, whose data was kept. */
async function readPauseLines(url: string): Promise<readonly string[]> {
  const pause = await createApi({ url, key: LOCAL_FUNCTION_KEY }).get('/pause', pauseSchema);
  return pause.paused ? [`Paused     ${toPauseText(pause)}; end it with npx seatline resume`] : [];
}

const textOf = (value: string | boolean | undefined) => (typeof value === 'string' ? value : undefined);

/** The stack, and what it took of one's own. */
interface Started extends Stack {
  readonly taken: readonly string[];
}

/** On Windows, Ctrl-Break and a window that is closed, too: elsewhere `nohup` decides about the latter. */
const STOPPING: readonly NodeJS.Signals[] = [
  'SIGINT',
  'SIGTERM',
  ...(process.platform === 'win32' ? (['SIGBREAK', 'SIGHUP'] as const) : []),
];

const LINKS_LAST_MS = 30 * 24 * 3_600_000;

async function welcome({ apiUrl, azurite, simulator, taken }: Started): Promise<string> {
  const key = { 'x-functions-key': LOCAL_FUNCTION_KEY };
  const post = { method: 'POST', headers: { ...key, 'content-type': 'application/json' } } as const;
  const toRequest = (requestId: string) =>
    JSON.stringify({
      requestId,
      person: { email: 'ada@example.com' },
      licenses: [{ license: 'Advanced Messaging' }],
      ...(!simulator && { dryRun: true }),
    });
  const links = await createLinks(azurite.connectionString, new Date(Date.now() + LINKS_LAST_MS));
  const message = `<QueueMessage><MessageText>${toRequest('dropped')}</MessageText></QueueMessage>`;
  return [
    `Functions  ${apiUrl}   key: ${LOCAL_FUNCTION_KEY}   master key: ${LOCAL_MASTER_KEY}`,
    `Webex      ${simulator ? `${simulator.apiUrl} (simulator)` : 'the real one'}`,
    `Azurite    blobs ${azurite.urls.blob}, queues ${azurite.urls.queue}, tables ${azurite.urls.table}`,
    ...taken,
    '',
    'Submit a license request, and see what became of it:',
    ...toShellLines({ url: `${apiUrl}/license-requests`, ...post, body: toRequest('first') }),
    ...toShellLines({ url: `${apiUrl}/license-requests/first`, headers: key }),
    'Drop one on the queue:',
    ...toShellLines({ url: links.messages, method: 'POST', body: message, answer: 'xml' }),
    'Publish the inventory, and list its blobs, and those that say who holds what:',
    ...toShellLines({ url: `${apiUrl}/inventory/runs`, method: 'POST', headers: key }),
    ...[links.inventory, links.assignments].flatMap((link) =>
      toShellLines({ url: `${link}&restype=container&comp=list`, answer: 'xml' }),
    ),
    'Look at the health:',
    ...toShellLines({ url: `${apiUrl}/health/dependencies`, headers: key }),
    '',
    'Each request and each HR event shows here as it moves. Ctrl-C stops all.',
    '',
  ].join('\n');
}

try {
  const options = Object.keys({ ...PORTS, data: '', settings: '', policy: '' }).map(
    (name) => [name, { type: 'string' }] as const,
  );
  const { values } = parseArgs({ options: { ...Object.fromEntries(options), help: { type: 'boolean' } } });
  if (values.help) {
    print(HELP);
  } else {
    const stack = await start(values);
    print(await welcome(stack));
    let isStopping = false;
    const stop = () => {
      if (isStopping) return;
      isStopping = true;
      print('Stopping …');
      void stack.stop().then(() => print('Stopped.'));
    };
    for (const signal of STOPPING) process.on(signal, stop);
    endWithReader(stop);
  }
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}
