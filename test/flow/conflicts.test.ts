import { beforeEach, describe, expect, test } from '@jest/globals';
import { addPerson } from '../../infra/local/webex/organization.ts';
import { until } from './until.ts';
import { useApp } from './use-app.ts';

/** What becomes of the license requests of one person that contradict each other. */
const { simulator, post, get, waitForState, cancel } = useApp({
  settings: { RETRY_BASE_SECONDS: '1', PERSON_NOT_FOUND_DELAYS_SECONDS: '1' },
});

describe('the requests of one person', () => {
  let joe = '';
  const idOf = (name: string) => {
    const license = [...simulator().organization().licenses.values()].find((item) => item.name === name);
    return license?.id ?? '';
  };
  const change = (requestId: string, operation: 'add' | 'remove', more: object = {}) => ({
    requestId,
    person: { email: joe },
    licenses: [{ license: 'Advanced Messaging', operation }],
    ...more,
  });
  beforeEach(() => {
    joe = `joe-${expect.getState().currentTestName?.length}@example.com`;
    addPerson(simulator().organization(), { email: joe });
  });

  test('end superseded where a newer effective one was settled, and Webex is not asked', async () => {
    await post(change('newer', 'remove', { effectiveAt: '2026-01-02T00:00:00Z' }));
    await waitForState('newer', 'succeeded');
    // The sweep reads the catalogue now and then.
    const countCalls = () =>
      simulator()
        .requests()
        .filter(({ path }) => path !== '/licenses').length;
    const calls = countCalls();
    // By the name of the license, and by its id.
    await post(change('older', 'add', { effectiveAt: '2026-01-01T00:00:00Z' }));
    const byId = [{ license: idOf('Advanced Messaging'), operation: 'add' }];
    await post(change('older-by-id', 'add', { effectiveAt: '2026-01-01T00:00:00Z', licenses: byId }));
    for (const id of ['older', 'older-by-id']) {
      expect((await waitForState(id, 'superseded')).results).toMatchObject([
        { result: 'superseded', by: 'newer' },
      ]);
    }
    expect(countCalls()).toBe(calls);
  });

  test('that wait together go to Webex as one change, and what they contradict each other in is decided', async () => {
    simulator().script({ method: 'PATCH', effect: { kind: 'status', status: 429, retryAfter: '2' } });
    await post(change('blocked', 'add', { effectiveAt: '2026-01-03T00:00:00Z' }));
    await waitForState('blocked', 'waiting');
    await post(change('tie-add', 'add', { effectiveAt: '2026-01-04T00:00:00Z' }));
    await post(change('tie-remove', 'remove', { effectiveAt: '2026-01-04T00:00:00Z' }));
    const meetings = [{ license: idOf('Webex Meetings Suite') || 'Messenger', operation: 'add' }];
    await post(change('other', 'add', { licenses: meetings }));
    await waitForState('tie-remove', 'succeeded');
    expect((await waitForState('tie-add', 'superseded')).results).toMatchObject([{ by: 'tie-remove' }]);
    expect((await waitForState('blocked', 'superseded')).results).toMatchObject([{ by: 'tie-remove' }]);
    await waitForState('other', 'succeeded', 'failed');
  });

  test('are performed where the newer one that overruled them is cancelled before it is done', async () => {
    await post(change('given', 'add', { effectiveAt: '2026-01-01T00:00:00Z' }));
    await waitForState('given', 'succeeded');
    // Also where it looks at the person: what is held already would be found done.
    for (const method of ['PATCH', 'GET'] as const)
      simulator().script({ method, times: 50, effect: { kind: 'status', status: 503 } });
    await post(change('keeps', 'add', { effectiveAt: '2026-01-03T00:00:00Z' }));
    await waitForState('keeps', 'waiting');
    await post(change('leaves', 'remove', { effectiveAt: '2026-01-02T00:00:00Z' }));
    await until('both looked at together', async () =>
      (await get('leaves')).body.history.some(({ state }: { state: string }) => state === 'working'),
    );
    await until('cancelled', async () => {
      return (await cancel('keeps')).status === 200 || undefined;
    });
    simulator().clearFaults();
    // The add was never answered, and might still arrive: the removal is looked at once more when that time is over.
    const hasLeft = async () => (await get('leaves')).body.state === 'succeeded' || undefined;
    await until('the removal', hasLeft);
    expect(simulator().organization().people.get(joe)?.licenses.has(idOf('Advanced Messaging'))).toBe(false);
  });

  test('share one person lease, whether they name the person by address or by id', async () => {
    const personId = simulator().organization().people.get(joe)?.id;
    await post(change('by-address', 'remove', { effectiveAt: '2026-01-02T00:00:00Z' }));
    await waitForState('by-address', 'succeeded');
    await post({ ...change('by-id', 'add', { effectiveAt: '2026-01-01T00:00:00Z' }), person: { personId } });
    expect((await waitForState('by-id', 'superseded')).results).toMatchObject([{ by: 'by-address' }]);
  });
});
