import { createServer } from 'node:http';
import { type Browser, chromium, type Page } from 'playwright-core';
import { findBrowser } from './find-browser.ts';

const ARGUMENTS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

const executablePath = findBrowser(process.env, process.platform, chromium.executablePath());
if (executablePath === undefined && !process.env.BROWSER_REQUIRED) {
  process.stderr.write(
    '\nSKIPPED: the browser tests, for want of a browser. Install Chromium, Chrome or Edge, or run ' +
      '"npx playwright-core install chromium", or set CHROMIUM to the path of one.\n\n',
  );
}
/** Where the tests of a browser are skipped; with BROWSER_REQUIRED set they fail in place of that. */
export const hasBrowser = executablePath !== undefined || Boolean(process.env.BROWSER_REQUIRED);

/** @throws where this machine has no browser */
export async function startChromium(): Promise<Browser> {
  if (executablePath === undefined) throw new Error('This machine has no Chromium, Chrome or Edge');
  return chromium.launch({ executablePath, args: ARGUMENTS });
}

export interface View {
  readonly colorScheme: 'light' | 'dark';
  readonly width: number;
}

/** A page that a browser has opened, and all that it asked for and complained of. */
export interface Opened {
  readonly page: Page;
  readonly complaints: string[];
  /** What the browser asked for beside the page, or wanted to before its policy forbade it. */
  readonly wanted: readonly string[];
  /** What came to the server beside the page. */
  readonly served: readonly string[];
}

/** Serves one page, opens it in a browser of its own memory, and closes both after the visit. */
export async function visit<T>(
  browser: Browser,
  html: string,
  view: View,
  look: (opened: Opened) => Promise<T>,
) {
  const served: string[] = [];
  const wanted: string[] = [];
  const complaints: string[] = [];
  const server = createServer((request, response) => {
    if (request.url !== '/') served.push(request.url ?? '');
    response.setHeader('content-type', 'text/html; charset=utf-8').end(html);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  const context = await browser.newContext({
    viewport: { width: view.width, height: 800 },
    colorScheme: view.colorScheme,
  });
  try {
    const page = await context.newPage();
    page.on('console', (message) => complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('dialog', (dialog) => {
      complaints.push(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    const url = `http://127.0.0.1:${port}/`;
    page.on('request', (request) => {
      if (request.url() !== url && !request.url().startsWith('data:')) wanted.push(request.url());
    });
    await page.goto(url, { waitUntil: 'load' });
    return await look({ page, complaints, wanted, served });
  } finally {
    await context.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}
