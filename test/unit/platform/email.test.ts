import { expect, test } from '@jest/globals';
import { emailSchema } from '../../../src/platform/email.ts';

test.each([
  ['Ada@Example.com ', 'ada@example.com'],
  ['jörg@example.com', 'jörg@example.com'],
  ['jo\u0308rg@example.com', 'jörg@example.com'],
  ['ada@bücher.example', 'ada@bücher.example'],
  ['ada@xn--bcher-kva.example', 'ada@xn--bcher-kva.example'],
  ['r&d@example.com', 'r&d@example.com'],
  ['ada/lovelace@example.com', 'ada/lovelace@example.com'],
  ["o'hara+x=1@example.com", "o'hara+x=1@example.com"],
  ['"ada lovelace"@example.com', '"ada lovelace"@example.com'],
  ['用户@例子.广告', '用户@例子.广告'],
])('the address %j is taken', (text, address) => {
  expect(emailSchema.parse(text)).toBe(address);
});

test.each([
  'ada',
  'ada@',
  '@example.com',
  'ada@localhost',
  'ada@@example.com',
  'ada lovelace@example.com',
  'ada@exam ple.com',
  'ada@-example.com',
  'ada@example..com',
  '.ada@example.com',
  'a..da@example.com',
  'Ada <ada@example.com>',
  'ada@example.com, alan@example.com',
  'ada@example.com\u0000',
  `${'a'.repeat(250)}@example.com`,
  7,
])('%j is no address', (text) => {
  expect(emailSchema.safeParse(text).success).toBe(false);
});
