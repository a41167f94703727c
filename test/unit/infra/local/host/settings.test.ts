import { describe, expect, test } from '@jest/globals';
import { expandSettings, isDisabled, toConnectionString } from '../../../../../infra/local/host/settings.ts';

describe('settings', () => {
  test('stand for their names between percent signs', () => {
    expect(expandSettings('%A%-queue-%B%', { A: 'x', B: 'y' })).toBe('x-queue-y');
    expect(expandSettings('plain', {})).toBe('plain');
  });

  test.each(['%A%', '%%', '100%', '%A% %'])(
    '%s is refused where there is no such setting, or it is open',
    (text) => {
      expect(() => expandSettings(text, {})).toThrow('%');
    },
  );

  test.each([
    [undefined, { AzureWebJobsStorage: 'default' }, 'default'],
    ['', { AzureWebJobsStorage: 'default' }, 'default'],
    ['AzureWebJobsStorage', { AzureWebJobsStorage: 'default' }, 'default'],
    ['Storage', { AzureWebJobsStorage: 'default', Storage: 'plain' }, 'default'],
    ['Other', { Other: 'plain' }, 'plain'],
  ])('a connection %j is looked up with the host’s prefix first', (connection, settings, found) => {
    expect(toConnectionString(connection, settings)).toBe(found);
  });

  test('UseDevelopmentStorage=true is Azurite on its own ports', () => {
    expect(toConnectionString('', { AzureWebJobsStorage: 'UseDevelopmentStorage=true' })).toContain(
      'QueueEndpoint=http://127.0.0.1:10001/devstoreaccount1',
    );
  });

  test('a connection that is not set is named', () => {
    expect(() => toConnectionString('Other', { AzureWebJobsStorage: 'x' })).toThrow('Other');
  });

  test('disable a function by name', () => {
    expect(isDisabled('a', { 'AzureWebJobs.a.Disabled': 'True' })).toBe(true);
    expect(isDisabled('a', { 'AzureWebJobs.a.Disabled': 'false' })).toBe(false);
    expect(isDisabled('a', { 'AzureWebJobs.b.Disabled': 'true' })).toBe(false);
  });
});
