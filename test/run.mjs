/**
 * `npm test`: unit tests, and then the others, in processes of their own: units take three times as long in a process that
 * has run flows. With arguments, it is jest itself.
 */
import { spawnSync } from 'node:child_process';

const JEST = ['--experimental-vm-modules', '--no-warnings', 'node_modules/jest/bin/jest.js'];
const asked = process.argv.slice(2);
const runs = asked.length > 0 ? [asked] : [['test/unit'], ['test/flow', 'test/contract', 'test/browser']];
const codes = runs.map(
  (args) => spawnSync(process.execPath, [...JEST, ...args], { stdio: 'inherit' }).status ?? 1,
);
process.exitCode = Math.max(...codes);
