import { describe, expect, test } from '@jest/globals';
import { findCallingConflict } from '../../../src/webex/calling-rules.ts';

const of = (name: string, subscription = '1') => ({ id: `${name} ${subscription}`, name });
const standard = of('Webex Calling - Standard');
const professional = of('Webex Calling - Professional');
const console = of('Webex Attendant Console');
const essentials = of('Customer Experience - Essential');
const messaging = of('Advanced Messaging');
type Names = readonly { id: string; name: string }[];

describe('the rules of Webex Calling', () => {
  test.each<[string, typeof standard, Names | undefined, Names, Names, number | undefined]>([
    ['Standard for a holder of nothing', standard, [], [], [], undefined],
    ['Standard beside Professional', standard, [professional], [], [], 400404],
    ['Standard in exchange for Professional', standard, [professional], [], [professional], 400112],
    ['Standard where Professional is removed and not held', standard, [], [], [professional], undefined],
    ['Standard together with Professional', standard, undefined, [professional], [], 400404],
    ['Standard together with Attendant Console', standard, undefined, [console], [], 400406],
    ['Standard beside Customer Experience', standard, [essentials], [], [], 400407],
    ['Standard together with Customer Assist', standard, undefined, [of('Customer Assist')], [], 400407],
    ['Standard in exchange for Customer Experience', standard, [essentials], [], [essentials], 400410],
    ['Standard of another subscription', standard, [of(standard.name, '2')], [], [], 400413],
    ['Basic beside Professional', of('Webex Calling - Basic'), [professional], [], [], 400404],
    ['Professional beside Standard', professional, [standard], [], [], 400404],
    ['Professional in exchange for Standard', professional, [standard], [], [standard], undefined],
    ['Professional of another subscription', professional, [of(professional.name, '2')], [], [], 400413],
    [
      'Professional in exchange for that of another subscription',
      professional,
      [of(professional.name, '2')],
      [],
      [of(professional.name, '2')],
      undefined,
    ],
    ['Attendant Console for a holder of nothing', console, [], [], [], 400408],
    ['Attendant Console where it is not known what is held', console, undefined, [], [], undefined],
    ['Attendant Console beside Professional', console, [professional], [], [], undefined],
    ['Attendant Console together with Professional', console, [], [professional], [], undefined],
    ['Attendant Console while Professional goes', console, [professional], [], [professional], 400408],
    ['Attendant Console beside Standard', console, [standard], [], [], 400406],
    ['Customer Experience beside Standard', essentials, [standard], [], [], 400407],
    ['Customer Experience beside Professional', essentials, [professional], [], [], undefined],
    ['messaging beside Standard', messaging, [standard], [professional], [], undefined],
  ])('say of %s what Webex would', (_what, license, held, added, removed, code) => {
    expect(findCallingConflict(license, { held, added: [...added, license], removed })).toBe(code);
  });
});
