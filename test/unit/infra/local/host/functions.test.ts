import { describe, expect, test } from '@jest/globals';
import { toLoadedFunctions, toSummary } from '../../../../../infra/local/host/functions.ts';

const SETTINGS = { AzureWebJobsStorage: 'UseDevelopmentStorage=true', QUEUE: 'Jobs', DAILY: '0 0 5 * * *' };

const registered = (name: string, trigger: object, others: object[] = [], hasRetryPolicy = false) => ({
  name,
  functionId: name,
  hasRetryPolicy,
  bindings: [
    { name: 'trigger', type: '', direction: 'in', ...trigger },
    ...others.map((other) => ({ name: 'other', type: '', direction: 'out', ...other })),
  ],
});
const load = (...functions: ReturnType<typeof registered>[]) => toLoadedFunctions(functions, 'api', SETTINGS);

describe('the functions of an app', () => {
  test('are read in the order of names, whatever their case', () => {
    const http = { type: 'httpTrigger', authLevel: 'anonymous' };
    const loaded = load(registered('b', http), registered('C', http), registered('A', http));
    expect(loaded.map(toSummary)).toEqual([
      { name: 'A', trigger: 'http', route: 'api/A' },
      { name: 'b', trigger: 'http', route: 'api/b' },
      { name: 'C', trigger: 'http', route: 'api/C' },
    ]);
  });

  test('have their settings and connections looked up', () => {
    const [queue, timer] = load(
      registered('a', { type: 'queueTrigger', queueName: '%QUEUE%-in', connection: '' }),
      registered('b', { type: 'timerTrigger', schedule: '%DAILY%' }),
    );
    expect(queue).toMatchObject({ kind: 'queue', queueName: 'jobs-in', poisonQueueName: 'jobs-in-poison' });
    expect(timer).toMatchObject({ kind: 'timer', runOnStartup: false, useMonitor: true });
  });

  test.each(['jobs-poison', `q${'x'.repeat(60)}`])('%s has no poison queue', (queueName) => {
    const [queue] = load(registered('a', { type: 'queueTrigger', queueName, connection: '' }));
    expect(queue).toMatchObject({ queueName, poisonQueueName: undefined });
  });

  test.each<[string, ReturnType<typeof registered>, RegExp]>([
    ['a trigger that is not run here', registered('f', { type: 'blobTrigger' }), /"f".*blobTrigger/],
    [
      'an output',
      registered('f', { type: 'httpTrigger' }, [{ type: 'http' }, { type: 'queue' }]),
      /"f".*"queue".*SDK/,
    ],
    [
      'a retry policy',
      registered('f', { type: 'timerTrigger', schedule: '* * * * *' }, [], true),
      /"f".*retry/,
    ],
    ['a queue without a name', registered('f', { type: 'queueTrigger' }), /"f".*queueName/],
    [
      'a name that no queue can have',
      registered('f', { type: 'queueTrigger', queueName: 'a_b' }),
      /"f".*a_b/,
    ],
    [
      'a setting that is missing',
      registered('f', { type: 'queueTrigger', queueName: '%NO%' }),
      /"f".*set NO/,
    ],
    [
      'a connection that is missing',
      registered('f', { type: 'queueTrigger', queueName: 'jobs', connection: 'Other' }),
      /"f".*Other/,
    ],
    ['a bad schedule', registered('f', { type: 'timerTrigger', schedule: 'daily' }), /"f".*daily/],
    ['an unknown level', registered('f', { type: 'httpTrigger', authLevel: 'user' }), /"f".*authLevel/],
  ])('with %s are refused, by name', (_what, metadata, reason) => {
    expect(() => load(metadata)).toThrow(reason);
  });

  test('must be some', () => {
    expect(() => load()).toThrow('No functions were found');
  });
});
