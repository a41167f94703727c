import { parseArgs } from 'node:util';
import { endWithReader } from '../../src/cli/terminal.ts';
import { isPortTaken, parsePort } from './ports.ts';
import { toShellLines } from './shell-lines.ts';
import { CONTROL_ROUTES } from './webex/control-routes.ts';
import { startWebexSimulator } from './webex/simulator.ts';
import { PARTNER_TOKEN } from './webex/tokens.ts';

const HELP = `npm run webex-simulator -- [--port <port>]

Simulates the Webex licenses API on this machine, for any Webex client.
  --port <port>   default 7080; 0 is any free port
  --help
`;
const TOKEN = 'local-admin-token';

try {
  const { values } = parseArgs({
    options: { port: { type: 'string', default: '7080' }, help: { type: 'boolean' } },
  });
  if (values.help) process.stdout.write(HELP);
  else await run(parsePort('--port', values.port));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}

async function start(port: number) {
  try {
    return await startWebexSimulator({ port, token: TOKEN });
  } catch (error) {
    if (!isPortTaken(error)) throw error;
    throw new Error(`Port ${port} is taken: choose another with --port.`);
  }
}

async function run(port: number): Promise<void> {
  const simulator = await start(port);
  const headers = { Authorization: `Bearer ${TOKEN}` };
  process.stdout.write(
    [
      `Webex simulator  ${simulator.apiUrl}`,
      `Token            ${TOKEN}`,
      `Partner's token  ${PARTNER_TOKEN} (reaches all organizations, by orgId)`,
      '',
      'Try it:',
      ...['licenses', 'people?email=ada@example.com', 'people?max=10&callingData=true'].flatMap((path) =>
        toShellLines({ url: `${simulator.apiUrl}/${path}`, headers }),
      ),
      '',
      'Control it (no token needed):',
      ...CONTROL_ROUTES.map(([method, path, what]) => `  ${method.padEnd(6)} ${path.padEnd(22)} ${what}`),
      '',
      'Ctrl-C stops it.',
      '',
    ].join('\n'),
  );
  endWithReader(() => void simulator.stop());
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void simulator.stop());
}
