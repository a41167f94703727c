import { describe, expect, test } from '@jest/globals';
import { type HostCall, judgeFailure } from '../../../../../infra/local/host/storage-failure.ts';

const failure = (statusCode?: number, code?: string) =>
  Object.assign(new Error('storage'), { statusCode, code });
const DROPPED = failure(undefined, 'ECONNRESET');
const NO_ROLE = failure(403, 'AuthorizationPermissionMismatch');

describe('a call of the host to storage that failed six times', () => {
  test.each<HostCall>(['poll', 'delete', 'release', 'renew', 'poison', 'lock'])(
    'ends the host where the connection was dropped, or the role is missing: %s',
    (call) => {
      expect(judgeFailure(call, DROPPED)).toBe('end-host');
      expect(judgeFailure(call, NO_ROLE)).toBe('end-host');
      expect(judgeFailure(call, 'no error at all')).toBe('end-host');
    },
  );

  test.each<[HostCall, string]>([
    ['poll', 'try-later'],
    ['renew', 'try-later'],
    ['lock', 'try-later'],
    ['delete', 'end-host'],
    ['release', 'end-host'],
    ['poison', 'end-host'],
  ])('with 500 or 503: %s, %s', (call, consequence) => {
    expect(judgeFailure(call, failure(503, 'ServerBusy'))).toBe(consequence);
    expect(judgeFailure(call, failure(500, 'InternalError'))).toBe(consequence);
  });

  test.each<HostCall>(['delete', 'release', 'renew'])(
    'is nothing where another host has the message: %s',
    (call) => {
      expect(judgeFailure(call, failure(404, 'MessageNotFound'))).toBe('ignore');
      expect(judgeFailure(call, failure(400, 'PopReceiptMismatch'))).toBe('ignore');
      expect(judgeFailure(call, failure(409, 'QueueBeingDeleted'))).toBe('ignore');
      expect(judgeFailure(call, failure(400, 'InvalidQueryParameterValue'))).toBe('end-host');
    },
  );

  test('is polled again where the queue is missing or is being deleted', () => {
    expect(judgeFailure('poll', failure(404, 'QueueNotFound'))).toBe('try-later');
    expect(judgeFailure('poll', failure(409, 'QueueBeingDeleted'))).toBe('try-later');
  });

  test('is nothing where another host has the lock of a timer', () => {
    expect(judgeFailure('lock', failure(409, 'LeaseIdMismatchWithLeaseOperation'))).toBe('ignore');
  });
});
