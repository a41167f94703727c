import { describe } from '@jest/globals';
import { EVERY_PAIR, startTwoInstances, testPairs } from './one-person.ts';

/** As one-person.test.ts, which takes some of the pairs. */
const instances = startTwoInstances();

describe('two requests for one person, named in each pair of ways', () => {
  testPairs(instances, EVERY_PAIR);
});
