import { existsSync } from 'node:fs';
import { posix, win32 } from 'node:path';

const NAMES = [
  'chromium',
  'chromium-browser',
  'google-chrome',
  'google-chrome-stable',
  'microsoft-edge',
  'microsoft-edge-stable',
];
/** Where packages of Linux put what is not in the PATH. */
const LINUX = ['/snap/bin/chromium', '/opt/google/chrome/chrome', '/opt/microsoft/msedge/msedge'];
const MAC = ['Chromium', 'Google Chrome', 'Microsoft Edge'].map(
  (name) => `/Applications/${name}.app/Contents/MacOS/${name}`,
);
const WINDOWS = [
  'Google\\Chrome\\Application\\chrome.exe',
  'Microsoft\\Edge\\Application\\msedge.exe',
  'Chromium\\Application\\chrome.exe',
];

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The browser of this machine: the one that `CHROMIUM` names, or else Chromium, Chrome or Edge where they are
 * installed, or the one that playwright has downloaded.
 * @returns undefined where there is none, and where `CHROMIUM` names a file that is not there
 */
export function findBrowser(
  environment: Environment,
  platform: string,
  downloaded: string,
  isThere: (path: string) => boolean = existsSync,
): string | undefined {
  const { CHROMIUM } = environment;
  const candidates = CHROMIUM ? [CHROMIUM] : [...toInstalled(environment, platform), downloaded];
  return candidates.find((path) => path !== '' && isThere(path));
}

function toInstalled(environment: Environment, platform: string): readonly string[] {
  if (platform === 'win32') {
    const { ProgramFiles, LOCALAPPDATA } = environment;
    const folders = [ProgramFiles, environment['ProgramFiles(x86)'], LOCALAPPDATA].filter(
      (folder) => folder !== undefined,
    );
    return folders.flatMap((folder) => WINDOWS.map((path) => win32.join(folder, path)));
  }
  const home = environment.HOME ?? '';
  if (platform === 'darwin') return MAC.flatMap((path) => [path, posix.join(home, path)]);
  const folders = (environment.PATH ?? '').split(':').filter(Boolean);
  return [...folders.flatMap((folder) => NAMES.map((name) => posix.join(folder, name))), ...LINUX];
}
