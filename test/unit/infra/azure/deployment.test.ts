import { describe, expect, test } from '@jest/globals';
import { compareDeployment } from '../../../../infra/azure/deployment.ts';

const LINES = [
  '*',
  '!host.json',
  '!package.json',
  '!out',
  '!out/**',
  '# why',
  '!node_module[s]',
  'node_modules/*',
];
const FILES = {
  serviceNames: ['api'],
  main: 'out/main.js',
  funcignore: LINES.join('\n'),
  parameters: ['region'],
  localSettings: ['A', 'FUNCTIONS_WORKER_RUNTIME'],
};
const BICEP = { parameters: ['region', 'size'], serviceNames: ['api'] };

const compare = (files: Partial<typeof FILES>) =>
  compareDeployment({ ...FILES, ...files }, BICEP, ['A', 'B']).join('\n');

describe('the check of a deployment', () => {
  test('has nothing to say where all agree', () => {
    expect(compare({})).toBe('');
  });

  test('names a service that is on no resource', () => {
    expect(compare({ serviceNames: ['web'] })).toMatch(/^azure\.yaml: .*'azd-service-name': 'web'$/);
  });

  test('names a parameter and a setting that nothing reads', () => {
    expect(compare({ parameters: ['regoin'] })).toContain('the parameter "regoin" is not in main.bicep');
    expect(compare({ localSettings: ['C'] })).toContain('the setting "C" is not in the code');
  });

  test('lets more be deployed', () => {
    expect(compare({ funcignore: LINES.toSpliced(3, 0, '!more.yaml').join('\n') })).toBe('');
  });

  test.each([
    ['leaves out what package.json starts', { main: 'dist/main.js' }, 'add "!dist/**"'],
    ['excludes the folder node_modules', { funcignore: LINES.slice(0, -2).join('\n') }, 'end with'],
    ['takes the content of node_modules in', { funcignore: LINES.slice(0, -1).join('\n') }, 'end with'],
    ['takes in all that it does not name', { funcignore: LINES.slice(1).join('\n') }, 'begin with "*"'],
  ])('refuses a .funcignore that %s', (_, files, advice) => {
    expect(compare(files)).toContain(`.funcignore: ${advice}`);
  });
});
