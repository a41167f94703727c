import { describe, expect, test } from '@jest/globals';
import { newPerson, type Person } from '../../../src/hr/person.ts';
import { createReevaluate } from '../../../src/hr/reevaluate.ts';
import {
  beginAnew,
  forgetBasis,
  type Reevaluation,
  type ReevaluationStore,
} from '../../../src/hr/reevaluation.ts';
import { VERSION_CONFLICT } from '../../../src/platform/version-conflict.ts';
import { parsePolicy } from '../../../src/policy/policy.ts';
import { createPolicySource, type PolicyStore } from '../../../src/policy/policy-source.ts';

const at = (minute: number) => new Date(Date.UTC(2026, 10, 30, 8, minute));
const log = { info() {}, warn() {}, error() {} };
const by = { channel: 'http' as const };
const DONE: Reevaluation = {
  ...{ basis: 'a names', policyVersion: 'a', inForceSince: at(0), startedAt: at(0), sent: 9, doneAt: at(1) },
  stopped: { policyVersion: 'a', by, reason: 'wait', at: at(2) },
};

describe('a re-evaluation', () => {
  test('by other names of the same policy stays stopped, and knows about how many people there are', () => {
    const next = beginAnew({ policyVersion: 'a', basis: 'a other names' }, DONE, at(5));
    expect(next).toEqual({
      ...{ basis: 'a other names', policyVersion: 'a', inForceSince: at(0), startedAt: at(5) },
      ...{ sent: 0, expected: 9, stopped: DONE.stopped },
    });
  });

  test('by another policy is not stopped', () => {
    const next = beginAnew({ policyVersion: 'b', basis: 'b names' }, DONE, at(5));
    expect(next).toEqual({
      ...{
        basis: 'b names',
        policyVersion: 'b',
        inForceSince: at(5),
        startedAt: at(5),
        sent: 0,
        expected: 9,
      },
    });
  });
});

test('a policy that is changed and changed back within a sweep has everybody looked at again', async () => {
  let saved = { content: 'version: 1\nrules: []', etag: '1' };
  const policyStore: PolicyStore = {
    read: async (etag) =>
      etag === saved.etag ? 'unchanged' : { content: Buffer.from(saved.content), etag: saved.etag },
    keepVersion: async () => {},
    readLastGood: async () => undefined,
    readVersion: async () => undefined,
  };
  let kept = { state: DONE, version: '1' };
  const store: ReevaluationStore = {
    read: async () => kept,
    async write(state, version) {
      if (version !== kept.version) return VERSION_CONFLICT;
      kept = { state, version: `${Number(version) + 1}` };
      return kept.version;
    },
  };
  let minute = 0;
  const policies = createPolicySource({
    ...{ store: policyStore, clock: () => at(minute) },
    onChange: () => forgetBasis(store),
  });
  const first = await policies.current(log);
  expect(kept.state.basis).toBe('a names');
  for (const [etag, content] of [
    ['2', 'version: 1\nrules: [{ name: all }]'],
    ['3', 'version: 1\nrules: [] # as before'],
  ] as const) {
    saved = { content, etag };
    minute += 1;
    await policies.current(log);
  }
  expect((await policies.current(log)).version).toBe(first.version);
  expect(kept.state.basis).toBe('');
});

test('everybody who is looked at again tells to which versions of the policy direct requests refer', async () => {
  const asked = (policyVersion: string): Person => ({
    ...newPerson(policyVersion, at(0)),
    directs: [{ requestId: 'r', licenseId: 'L', operation: 'remove', at: at(0), policyVersion }],
  });
  const pages = [
    [asked('one'), asked('two')],
    [asked('one'), newPerson('none', at(0))],
  ];
  const policy = await parsePolicy('version: 1\nrules: []');
  let kept: { state: Reevaluation; version: string } | undefined;
  const reevaluate = createReevaluate({
    people: {
      page: async (_limit, next = '0') => ({
        people: (pages[Number(next)] ?? []).map((person) => ({ ...person, version: '1' })),
        unreadable: [],
        next: next === '0' ? '1' : undefined,
      }),
    },
    hrWorkQueue: { send: async () => {} },
    store: {
      read: async () => kept,
      async write(state) {
        kept = { state, version: '1' };
        return '1';
      },
    },
    policies: { current: async () => ({ policy, version: 'now', ofVersion: async () => undefined }) },
    ...{ catalogue: async () => [], zoneOf: () => 'UTC', clock: () => at(kept === undefined ? 1 : 9) },
  });
  await reevaluate(log);
  await reevaluate(log);
  expect(kept).toMatchObject({ state: { doneAt: at(9), referredTo: ['one', 'two'] } });
});
