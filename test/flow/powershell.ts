import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect } from '@jest/globals';

const TIMEOUT_MS = 400_000;
const DONE = 'done: all of them';
/** So that a line fails as a person sees it, and arguments go to programs as Windows PowerShell 5.1 passes them. */
const SET_UP = [
  "$ErrorActionPreference = 'Stop'",
  "$ProgressPreference = 'SilentlyContinue'",
  "$PSNativeCommandArgumentPassing = 'Legacy'",
];
const ENVIRONMENT = {
  ...{ DOTNET_SYSTEM_GLOBALIZATION_INVARIANT: '1', POWERSHELL_TELEMETRY_OPTOUT: '1', NO_COLOR: '1' },
  ...{ POWERSHELL_UPDATECHECK: 'Off', npm_config_update_notifier: 'false' },
};

const isInstalled = spawnSync('pwsh', ['-Version'], { env: { ...process.env, ...ENVIRONMENT } }).status === 0;
if (!isInstalled && !process.env.POWERSHELL_REQUIRED)
  process.stderr.write(
    'No PowerShell: its tests are skipped. Install it: dotnet tool install --global PowerShell\n',
  );

/** Where the tests of PowerShell are skipped; with POWERSHELL_REQUIRED set they fail in place of that. */
export const hasPowerShell = isInstalled || Boolean(process.env.POWERSHELL_REQUIRED);

interface Place {
  readonly cwd: string;
  /** Where the script is written. */
  readonly folder: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** Lines before those that are tried, such as variables. */
  readonly before?: readonly string[];
}

let serial = 0;

/** Runs lines one after the other in one PowerShell, and expects each to succeed. @returns what they printed */
export async function runPowerShell(lines: readonly string[], place: Place): Promise<string> {
  expect(lines.length).toBeGreaterThan(0);
  serial += 1;
  const file = join(place.folder, `lines-${serial}.ps1`);
  const each = lines.flatMap((line) => [
    `Write-Output '> ${line.replaceAll("'", "''")}'`,
    line,
    'if ($LASTEXITCODE) { exit $LASTEXITCODE }',
  ]);
  const script = [...SET_UP, ...(place.before ?? []), ...each, `Write-Output '${DONE}'`];
  await writeFile(file, `\ufeff${script.join('\r\n')}\r\n`);
  const child = spawn('pwsh', ['-NoProfile', '-NonInteractive', '-File', file], {
    cwd: place.cwd,
    env: { ...process.env, ...ENVIRONMENT, ...place.environment },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: TIMEOUT_MS,
  });
  const output = Promise.all([text(child.stdout), text(child.stderr)]).catch(() => []);
  const [code] = await once(child, 'close').catch((error: Error) => {
    child.stdout.destroy();
    child.stderr.destroy();
    throw new Error(`PowerShell is needed: dotnet tool install --global PowerShell (${error.message})`);
  });
  const printed = (await output).join('\n');
  expect({ code, printed }).toEqual({ code: 0, printed: expect.stringContaining(DONE) });
  return printed;
}

/** Lines that are PowerShell, whatever they would call. */
export const parsePowerShell = (lines: readonly string[], place: Place): Promise<string> =>
  runPowerShell(
    lines.map((line) => `[void][scriptblock]::Create('${line.replaceAll("'", "''")}')`),
    place,
  );
