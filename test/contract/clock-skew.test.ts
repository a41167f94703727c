import { beforeAll, expect, test } from '@jest/globals';
import { signStandard } from '../../infra/local/hr-senders.ts';
import { createApp } from '../../src/app.ts';
import { LOCAL_HR_SOURCES } from '../../src/cli/local-sources.ts';
import { ClockSkewed } from '../../src/platform/clock-skew.ts';
import { PartsFailed } from '../../src/platform/run-parts.ts';
import { toBody } from '../memory/body.ts';
import { createParts } from '../parts.ts';
import { type StorageGate, startStorageGate } from '../storage-gate.ts';
import { takeAzurite } from '../worker-azurite.ts';

/** The app on storage whose clock seems to differ from that of this machine. */
let gate: StorageGate;
const started = createParts();
beforeAll(async () => {
  gate = await started(startStorageGate(await takeAzurite()));
});

const log = { info: () => {}, warn: () => {} };
/** An instance that has just started. */
const startApp = () =>
  createApp({
    AzureWebJobsStorage: gate.connectionString,
    WEBEX_ACCESS_TOKEN: 'token',
    WEBEX_API_URL: 'http://127.0.0.1:9/v1',
    HR_SOURCES: LOCAL_HR_SOURCES,
    INVENTORY_SCHEDULE: '0 0 5 * * *',
    SWEEP_SCHEDULE: '0 * * * * *',
  });
type App = ReturnType<typeof startApp>;

async function readClock(app: App) {
  const { jsonBody } = await app.health();
  return (jsonBody as { dependencies: Record<string, { ok: boolean; detail: string }> }).dependencies.clock;
}

const toHttp = (body: string, headers: Readonly<Record<string, string>> = {}) => ({
  url: 'http://localhost/api/license-requests',
  method: 'POST',
  headers: new Headers({ 'content-type': 'application/json', ...headers }),
  body: toBody(body),
});

test.each([
  [0, true, /same time/],
  [700, true, /same time/],
  [-4_000, true, /^warning: this instance's clock is [345] s ahead of storage$/],
  [4_000, true, /^warning: this instance's clock is [345] s behind storage$/],
  [-13_000, true, /^warning: this instance's clock is 1[234] s ahead of storage$/],
  [-17_000, false, /^clock-skewed: this instance's clock is 1[678] s ahead of storage/],
  [20_000, false, /^clock-skewed: this instance's clock is (19|20|21) s behind storage/],
  [-86_400_000, false, /^clock-skewed: this instance's clock is 86\d{3} s ahead of storage/],
])('with storage %d ms ahead, the health says so', async (aheadMs, ok, detail) => {
  gate.setClockAhead(aheadMs);
  expect(await readClock(startApp())).toEqual({ ok, detail: expect.stringMatching(detail) });
});

test.each([20_000, -20_000])(
  'with storage %d ms ahead, an instance takes requests and HR events, and works on none',
  async (aheadMs) => {
    gate.setClockAhead(aheadMs);
    const app = startApp();
    const person = { email: 'ada@example.com' };
    const body = JSON.stringify({ person, licenses: [{ license: 'Webex Messaging' }] });
    expect((await app.submit(toHttp(body), log)).status).toBe(202);
    const event = signStandard(
      { type: 'joiner', employee: { id: '7', email: 'ada@example.com' } },
      new Date(),
    );
    const received = await app.receiveHrEvent('hr', toHttp(event.body, event.headers), log);
    expect(received.status).toBe(200);

    const delivery = { id: 'message' } as Parameters<App['perform']>[1];
    const works = [
      () => app.perform({ version: 1 }, delivery, log),
      () => app.applyHrEvent({}, delivery, log),
      () => app.workOnInventoryRun({}, delivery, log),
    ];
    for (const work of works) await expect(work()).rejects.toThrow(ClockSkewed);
    const failed: unknown = await app.sweep(log).catch((error: unknown) => error);
    if (!(failed instanceof PartsFailed)) throw new Error('the sweep goes on');
    expect(failed.errors.length).toBeGreaterThan(8);
    for (const error of failed.errors) expect(error).toBeInstanceOf(ClockSkewed);

    // Once its machine's clock is right, the next answer shows it.
    gate.setClockAhead(0);
    await app.readRequest('any', null);
    const again: unknown = await app.sweep(log).catch((error: unknown) => error);
    expect(Object(again).errors ?? []).not.toContainEqual(expect.any(ClockSkewed));
  },
);
