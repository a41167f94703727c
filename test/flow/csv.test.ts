import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parse } from 'csv-parse/sync';
import fetch from 'node-fetch';
import type { Organization } from '../../infra/local/webex/organization.ts';
import { root, run } from '../built.ts';
import { createParts } from '../parts.ts';
import { toZip } from '../zip-file.ts';
import { type AppStack, startApp } from './start-app.ts';
import { json } from './use-app.ts';

/** Files of people in, and what became of each out: by the built command and the built app. */
let stack: AppStack;
let organization: Organization;
let folder: string;
const started = createParts();
beforeAll(async () => {
  stack = await started(startApp({ settings: { REMOVALS_PER_HOUR: '1' } }));
  organization = stack.simulator.organization();
  folder = await mkdtemp(join(tmpdir(), 'seatline-csv-'));
});
afterAll(() => rm(folder, { recursive: true }));

const seatline = (...args: string[]) => run('cli/seatline.js', args, { SEATLINE_URL: stack.apiUrl }).ended;
const write = async (name: string, content: string | Buffer) => {
  await writeFile(join(folder, name), content);
  return join(folder, name);
};
const EXPORT = 'control-hub-export.csv';
const exported = () => readFile(`${root}test/fixtures/csv/${EXPORT}`);
const readResult = async (name: string): Promise<Record<string, string>[]> =>
  parse(await readFile(join(folder, name)), { bom: true, columns: true });
const holds = (email: string, name: string) => {
  const ids = [...organization.licenses.values()].filter((one) => one.name === name).map(({ id }) => id);
  return ids.some((id) => organization.people.get(email)?.licenses.has(id));
};
const countPatches = () => stack.simulator.requests().filter(({ method }) => method === 'PATCH').length;

describe('before anybody was read', () => {
  test('the preview says that it is not known who holds what, and nothing is sent', async () => {
    const file = await write('early.csv', 'email,add\nada@example.com,Advanced Messaging\n');
    const { code, out, err } = await seatline('submit', file, '--dry-run');
    expect({ code, err }).toEqual({ code: 0, err: expect.stringContaining('Nothing was sent') });
    expect(out).toContain('Who holds what is not known');
    expect(out).toContain('line 2  ada@example.com  + Advanced Messaging');
    expect(countPatches()).toBe(0);
  });
});

describe("Control Hub's export", () => {
  const batch = 'export-test';
  beforeAll(async () => {
    expect((await seatline('inventory', 'run', '--wait')).code).toBe(0);
  });

  test('is previewed: columns, people, and the mistake, by which nothing is sent', async () => {
    const { code, out, err } = await seatline('submit', await write('export.csv', await exported()), '--yes');
    expect(code).toBe(2);
    expect(err).toContain('Nothing was sent. Correct the file');
    expect(out).toContain('TRUE 2: 1 gains it, 1 holds it already');
    expect(out).toContain('suspended: left alone, also its 1 TRUE');
    expect(out).toContain('left alone: 24 columns of other things');
    expect(out).toContain('+ Webex Calling - Professional (Sub217703), extension 4711 at Berlin');
    expect(out).toMatch(/line 4, Advanced Messaging \[Sub100448\]\n +"ture" is neither TRUE nor FALSE/);
    expect(countPatches()).toBe(0);
  });

  test('needs a yes, and there is no terminal to ask at', async () => {
    const { code, err } = await seatline('submit', join(folder, 'export.csv'), '--skip-bad');
    expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining('--yes sends it') });
    expect(countPatches()).toBe(0);
  });

  test('goes on without the row with the mistake, and the result says what became of each row', async () => {
    const file = join(folder, 'export.csv');
    const sent = await seatline('submit', file, '--yes', '--skip-bad', '--batch', batch, '--delimiter', ';');
    expect(sent).toMatchObject({ code: 1, out: expect.stringMatching(/^ +2 {2}succeeded$/m) });
    const bytes = await readFile(join(folder, 'export.result.csv'), 'utf8');
    expect(bytes).toMatch(/^\ufeffFirst Name;.*;Seatline State;.*;Seatline Request ID\r\n/);
    const rows: Record<string, string>[] = parse(bytes, { bom: true, columns: true, delimiter: ';' });
    expect(rows.map((row) => [row['First Name'], row['Seatline State']])).toEqual([
      ['Ada', 'succeeded'],
      ['Grace', 'succeeded'],
      ['Alan', 'mistake'],
    ]);
    expect(rows[0]?.['Seatline Reason']).toBe('Advanced Messaging (Sub100448): assigned');
    expect(rows[2]?.['Seatline What to do']).toContain(`--batch ${batch}`);
    expect(holds('grace@example.com', 'Webex Meetings Suite')).toBe(true);
    expect(organization.people.get('grace@example.com')?.extension).toBe('4711');
  });

  test('sends nothing twice, in another form of the same file, too; a corrected row is sent alone', async () => {
    const patches = countPatches();
    const zip = await write('export.zip', toZip([{ name: 'exported_users.csv', content: await exported() }]));
    const again = await seatline('submit', zip, '--yes', '--skip-bad', '--batch', batch);
    expect(again.out).toContain('2 rows were sent in this batch before');
    expect(again).toMatchObject({ code: 1, out: expect.stringContaining('0 rows to send') });
    expect(countPatches()).toBe(patches);
    const corrected = (await exported()).toString().replace('ture', 'TRUE');
    const sent = await seatline('submit', await write('corrected.csv', corrected), '--yes', '--batch', batch);
    expect(sent).toMatchObject({ code: 0, out: expect.stringContaining('1 row to send') });
    expect(sent.out).toMatch(/^ +3 {2}succeeded$/m);
    expect(holds('alan@example.com', 'Advanced Messaging')).toBe(true);
  });
});

describe('a file with FALSE', () => {
  const file = () =>
    write(
      'false.csv',
      'email,acme.webex.com - Webex Meetings Suite [Sub100448],Advanced Messaging\nbarbara@example.com,FALSE,\nken@example.com,FALSE,TRUE\n',
    );

  test('takes nothing away, and says who holds it', async () => {
    const { code, out } = await seatline('submit', await file(), '--yes', '--batch', 'false-1');
    expect({ code, out }).toEqual({
      code: 0,
      out: expect.stringContaining('FALSE 2: 1 holds it, and keeps it'),
    });
    expect(out).toContain('--with-removals takes them');
    expect(out).toContain('1 row with nothing to do');
    expect(holds('barbara@example.com', 'Webex Meetings Suite')).toBe(true);
    const rows = await readResult('false.result.csv');
    expect(rows.map((row) => row['Seatline State'])).toEqual(['unchanged', 'succeeded']);
  });

  test('takes it from those who hold it, with --with-removals', async () => {
    const { code, out } = await seatline('submit', await file(), '--yes', '--with-removals');
    expect({ code, out }).toEqual({ code: 0, out: expect.stringContaining('FALSE 2: 1 loses it') });
    expect(out).toContain('line 2  barbara@example.com  - Webex Meetings Suite');
    expect(holds('barbara@example.com', 'Webex Meetings Suite')).toBe(false);
  });
});

describe('a list', () => {
  test('in which Calling has no location, or a name is misspelt, is refused in the preview', async () => {
    const file = await write(
      'bad.csv',
      'email,add,location,extension\ntony@example.com,Webex Calling - Standard,,4802\nlynn@example.com,Webex Calling - Standard,Berlln,4803\nadele@example.com,Advanced Mesaging,,\n',
    );
    const { code, out } = await seatline('submit', file, '--yes');
    expect(code).toBe(2);
    expect(out).toMatch(/line 2, add\n +Webex Calling - Standard: an extension needs its location/);
    expect(out).toMatch(/line 3, location\n +there is no location "Berlln": did you mean Berlin\?/);
    expect(out).toMatch(
      /line 4, add\n +Advanced Mesaging: no license .* Did you\s+mean Advanced Messaging\?/,
    );
    expect((await seatline('list', '--person', 'tony@example.com')).err).toContain('No license request');
  });

  test('of removals beyond the limit will wait for approval, as the preview says, and can be cancelled', async () => {
    const people = ['margaret', 'dennis'].map((name) => `${name}@example.com,Advanced Messaging`);
    const file = await write('leavers.csv', ['email,remove', ...people].join('\n'));
    const { code, out, err } = await seatline('submit', file, '--yes', '--batch', 'leavers');
    expect(out).toMatch(/2 people lose something: about 0 can go now, 2 will wait for approval/);
    expect(out).toContain('seatline approve batch-leavers --reason');
    expect({ code, err }).toEqual({ code: 3, err: expect.stringContaining('seatline batch wait leavers') });
    const rows = await readResult('leavers.result.csv');
    expect(rows.map((row) => [row['Seatline State'], row['Seatline What to do']])).toEqual([
      ['waiting', 'seatline approve batch-leavers --reason …'],
      ['waiting', 'seatline approve batch-leavers --reason …'],
    ]);
    expect(await seatline('batch', 'leavers')).toMatchObject({
      code: 0,
      out: expect.stringContaining('for needs-approval: 2'),
    });
    const waiting = await seatline('batch', 'wait', 'leavers', '--timeout', '2');
    expect(waiting).toMatchObject({
      code: 3,
      err: expect.stringContaining('0 of 2 done, 2 wait: needs-approval'),
    });
    expect(await seatline('batch', 'cancel', 'leavers')).toMatchObject({
      code: 0,
      out: 'leavers  2 cancelled\n',
    });
    expect(await seatline('batch', 'wait', 'leavers')).toMatchObject({
      code: 1,
      out: expect.stringContaining('cancelled: 2'),
    });
    expect(await seatline('batch', 'status', 'nothing')).toMatchObject({ code: 1, out: '' });
  });
});

describe('a line of Webex Calling', () => {
  test('is asked for as the next free one of a range in a file', async () => {
    const name = 'lines.csv';
    const text =
      'email,add,location,extension,range\nlynn@example.com,Webex Calling - Standard,Berlin,Next free,4900-4999\ntony@example.com,Webex Calling - Standard,Berlin,next-free,\n';
    const bad = await seatline('submit', await write(name, text), '--yes');
    expect({ code: bad.code, out: bad.out }).toEqual({
      code: 2,
      out: expect.stringMatching(/line 3, range\n +next-free needs a column range/),
    });
    const { code, out } = await seatline('submit', join(folder, name), '--yes', '--skip-bad');
    expect(out).toContain('Webex Calling - Standard, extension next-free of 4900-4999 at Berlin');
    expect({ code, states: await readResult('lines.result.csv') }).toMatchObject({
      code: 1,
      states: [{ 'Seatline State': 'succeeded' }, { 'Seatline State': 'mistake' }],
    });
    expect(organization.people.get('lynn@example.com')).toMatchObject({
      extension: expect.stringMatching(/^49\d\d$/),
    });
  });

  test('is asked for at the terminal with its location by name', async () => {
    const listed = await seatline('locations');
    expect(listed).toMatchObject({ code: 0, out: expect.stringMatching(/^LOCATION .*ID\nBerlin {2}/) });
    const json = JSON.parse((await seatline('locations', '--json')).out);
    expect(json.items[0]).toEqual({ id: expect.any(String), name: 'Berlin' });
    const submit = (...args: string[]) =>
      seatline('submit', 'tony@example.com', '--add', 'Webex Calling - Standard', ...args);
    expect(await submit('--location', 'Berln', '--extension', '4950')).toEqual({
      ...{ code: 2, out: '' },
      err: 'seatline: --location: there is no location "Berln": did you mean Berlin?\n',
    });
    expect((await submit('--location', 'Berlin', '--extension', 'x')).err).toContain('"x" is no extension');
    expect(
      await seatline('submit', 'tony@example.com', '--add', 'Advanced Messaging', '--location', 'Berlin'),
    ).toMatchObject({ code: 2, err: expect.stringContaining('no --add is one') });
    const done = await submit('--location', 'berlin', '--extension', '4950', '--wait');
    expect(done).toMatchObject({ code: 0, out: expect.stringContaining('assigned') });
    expect(organization.people.get('tony@example.com')).toMatchObject({ extension: '4950' });
  });
});

describe('POST /license-requests/preview', () => {
  const preview = async (body: unknown) => {
    const url = `${stack.apiUrl}/license-requests/preview`;
    const response = await fetch(url, { method: 'POST', headers: json, body: JSON.stringify(body) });
    return { status: response.status, body: JSON.parse(await response.text()) };
  };

  test('answers what a submission would do, and submits nothing', async () => {
    const requests = [
      {
        requestId: 'p-1',
        person: { email: 'radia@example.com' },
        licenses: [{ license: 'Webex Webinars 1000' }],
      },
      {
        requestId: 'p-2',
        person: { email: 'nobody@example.com' },
        licenses: [{ license: 'Advanced Messaging' }],
      },
    ];
    const { status, body } = await preview({ requests });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      readAt: expect.any(String),
      requests: [
        { requestId: 'p-1', isKnown: true, items: [{ outcome: 'wait', condition: 'no-seats', held: false }] },
        { requestId: 'p-2', isKnown: false, items: [{ outcome: 'assign', name: 'Advanced Messaging' }] },
      ],
      seats: [{ name: 'Webex Webinars 1000', freeUnits: 0, wait: 1 }, { assign: 1 }],
    });
    expect(await seatline('status', 'p-1')).toMatchObject({ code: 1 });
    const one = await preview(requests[0]);
    expect(one).toMatchObject({ status: 200, body: { requests: [{ requestId: 'p-1' }] } });
  });

  test('refuses what a submission refuses, with the same pointers', async () => {
    const { status, body } = await preview({ requests: [{ person: {}, licenses: [] }] });
    expect(status).toBe(400);
    expect(body.errors[0].pointer).toBe('/requests/0/person');
  });
});
