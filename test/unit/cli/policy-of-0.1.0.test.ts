import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { expect, test } from '@jest/globals';
import { compareResult, tryOn } from '../../../src/cli/policy-cases.ts';
import { policyCasesSchema } from '../../../src/hr/policy-cases.ts';
import { parsePolicy } from '../../../src/policy/policy.ts';
import { toPolicyVersion } from '../../../src/policy/policy-version.ts';
import { readAs } from '../../../src/policy/read-as.ts';

const lines = gunzipSync(readFileSync('test/fixtures/0.1.0/blobs.ndjson.gz')).toString().split('\n');
const blobs = lines.filter(Boolean).map((line): { name: string; text: string } => JSON.parse(line));
const policy = await parsePolicy(blobs.find(({ name }) => name === 'policy.yaml')?.text ?? '');

const CASES = `
date: 2026-12-15
cases:
  - name: a seller in Berlin
    attributes: { department: SALES, location: berlin, employmentType: Employee }
    expect: { gives: [Advanced Messaging, Webex Meetings Suite, Webex Calling - Standard, "site:acme.webex.com"] }
  - name: a contractor in Boston, and one whose employment type was never told
    attributes: { location: Boston, employmentType: contractor }
    expect: { gives: [Advanced Messaging] }
  - name: a type that was never told is no contractor
    attributes: { location: Boston }
    expect: { gives: [Advanced Messaging, Webex Calling - Standard, "site:acme.webex.com"] }
  - name: lists are as if they were not told
    attributes: { department: [Sales], location: [Boston], employmentType: [Contractor], jobTitle: [Chief] }
    granted: [Webex Meetings Suite, Webex Calling - Standard]
    expect: { gives: [Advanced Messaging], takes: [], kept: [Webex Meetings Suite, Webex Calling - Standard], excluded: false }
  - name: a leaver after a week
    date: 2026-12-07
    events: [{ type: leaver, effective: 2026-11-30 }]
    granted: [Advanced Messaging, Webex Calling - Standard]
    expect: { takes: [Advanced Messaging], kept: [Webex Calling - Standard] }
  - name: a leaver after a month
    date: 2026-12-31
    events: [{ type: leaver, effective: 2026-11-30 }]
    granted: [Advanced Messaging, Webex Calling - Standard]
    expect: { takes: [Advanced Messaging, Webex Calling - Standard], kept: [] }
  - name: a chief
    attributes: { jobTitle: Chief of Staff }
    expect: { gives: [], excluded: true }
`;

test('the policy that version 0.1.0 had in force means what it meant', async () => {
  const { value } = await readAs(policyCasesSchema, CASES, 'the file');
  for (const one of value.cases) {
    const person = { ...(value.date !== undefined && { date: value.date }), ...one };
    expect([one.name, ...compareResult(one.expect, tryOn(policy, person, 'UTC', 0))]).toEqual([one.name]);
  }
});

test('the policy of version 0.1.0 has the version that it had, by which overrides and failures are remembered', () => {
  expect(toPolicyVersion(policy)).toBe('a3b55678c4de');
});
