import { expect, test } from '@jest/globals';
import { findMeant } from '../../../src/platform/nearest.ts';

test.each([
  ['departement', ['Department', 'division', 'location'], ['Department']],
  [
    'Webex Meetings Suit',
    ['Webex Meetings Suite', 'Webex Suite', 'Advanced Messaging'],
    ['Webex Meetings Suite'],
  ],
  [
    'Messaging',
    ['Advanced Messaging', 'Basic Messaging', 'Webex Suite'],
    ['Basic Messaging', 'Advanced Messaging'],
  ],
  ['cost centre', ['costCenter', 'jobTitle'], ['costCenter']],
  ['nothing like it', ['Advanced Messaging', ''], []],
])('what is meant by "%s" is the nearest of the names, or nothing', (meant, names, nearest) => {
  expect(findMeant(meant, names)).toEqual(nearest);
});
