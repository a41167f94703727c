import { describe, expect, test } from '@jest/globals';
import { readBicep } from '../../../../infra/azure/bicep.ts';
import { compareNames } from '../../../../infra/azure/compare.ts';

const BICEP = `
param region string
resource storage 'Microsoft.Storage/storageAccounts@2025-01-01' = {
  name: 'st\${token}'
  resource queues 'queueServices' = {
    name: 'default'
    resource one 'queues' = { name: 'jobs' }
  }
  resource tables 'tableServices' = {
    name: 'default'
    resource one 'tables' = { name: 'rows' }
  }
}
resource app 'Microsoft.Web/sites@2024-11-01' = {
  name: 'app'
  tags: { 'azd-service-name': 'api' }
  properties: { siteConfig: { appSettings: [
    { name: 'A', value: 'x' }
    { name: 'B', value: storage.name }
  ] } }
}
`;

describe('the check of the cloud files', () => {
  test('reads the names of queues, tables, containers and settings', async () => {
    expect(await readBicep(BICEP)).toEqual({
      syntaxErrors: [],
      queues: ['jobs'],
      tables: ['rows'],
      containers: [],
      appSettings: ['A', 'B'],
      parameters: ['region'],
      serviceNames: ['api'],
    });
  });

  test('tells where a file is broken', async () => {
    const { syntaxErrors } = await readBicep(BICEP.replace("name: 'app'", 'name: = app'));
    expect(syntaxErrors.join('\n')).toMatch(/^1[3-5]:/m);
  });

  test('names what is missing, and what is too much', async () => {
    const code = { queues: ['jobs', 'others'], tables: [], containers: [], settings: ['A', 'C'] };
    const problems = compareNames(await readBicep(BICEP), code).join('\n');
    expect(problems).toContain('the queue "others" of the code is missing');
    expect(problems).toContain('the table "rows" is not in the code');
    expect(problems).toContain('the setting "C" of the code is missing');
    expect(problems).toContain('the setting "B" is not in the code');
    expect(problems).toContain('the container "app-package" of the code is missing');
  });
});
