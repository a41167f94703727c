import { describe, expect, test } from '@jest/globals';
import { findBrowser } from './find-browser.ts';

const DOWNLOADED = '/cache/ms-playwright/chrome';
const find = (platform: string, environment: Record<string, string>, ...there: string[]) =>
  findBrowser(environment, platform, DOWNLOADED, (path) => there.includes(path));

describe('the browser of the tests', () => {
  test.each([
    ['Chromium in the PATH', 'linux', { PATH: '/bin:/usr/bin' }, '/usr/bin/chromium'],
    ['Chrome in the PATH', 'linux', { PATH: '/usr/local/bin' }, '/usr/local/bin/google-chrome'],
    ['Chromium of snap', 'linux', { PATH: '/usr/bin' }, '/snap/bin/chromium'],
    [
      'Chrome of macOS',
      'darwin',
      { HOME: '/Users/ada' },
      '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    ],
    [
      "Edge in one's own folder of macOS",
      'darwin',
      { HOME: '/Users/ada' },
      '/Users/ada/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge',
    ],
    [
      'Edge of Windows',
      'win32',
      { 'ProgramFiles(x86)': 'C:\\Program Files (x86)' },
      'C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe',
    ],
    [
      'Chrome of one user of Windows',
      'win32',
      { LOCALAPPDATA: 'C:\\Users\\ada' },
      'C:\\Users\\ada\\Google\\Chrome\\Application\\chrome.exe',
    ],
    ['one that playwright downloaded', 'linux', { PATH: '/usr/bin' }, DOWNLOADED],
    ['the one that CHROMIUM names', 'linux', { PATH: '/usr/bin', CHROMIUM: '/opt/mine' }, '/opt/mine'],
  ])('is %s', (_what, platform, environment, path) => {
    expect(find(platform, environment as Record<string, string>, path)).toBe(path);
  });

  test('is none where nothing is installed', () => {
    expect(find('linux', { PATH: '/usr/bin' })).toBeUndefined();
    expect(find('win32', {})).toBeUndefined();
  });

  test('is no other one where CHROMIUM names a file that is not there', () => {
    expect(find('linux', { PATH: '/usr/bin', CHROMIUM: '/none' }, '/usr/bin/chromium')).toBeUndefined();
  });
});
