import { availableParallelism } from 'node:os';

export default {
  // What is slow has `npm run test:slow`.
  testMatch: ['<rootDir>/test/{unit,contract,flow,browser}/**/!(*.slow).test.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { target: 'es2022', parser: { syntax: 'typescript' } }, module: { type: 'es6' } },
    ],
  },
  // By build.mjs.
  moduleNameMapper: {
    '^(zod|@azure/(data-tables|storage-queue|storage-blob))$': '<rootDir>/build/packages/$1.js',
  },
  testEnvironment: '<rootDir>/test/environment.mjs',
  // Modules of earlier files are never freed: a process with many of them is three times slower.
  workerIdleMemoryLimit: '350MB',
  testSequencer: '<rootDir>/test/sequencer.mjs',
  // A machine that is four times slower is no failure.
  testTimeout: 240_000,
  // Most of a flow is waiting: meanwhile, a core does something else.
  maxWorkers: 2 * availableParallelism(),
};
