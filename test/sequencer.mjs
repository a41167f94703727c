import { relative } from 'node:path';
import Sequencer from '@jest/test-sequencer';

const FOLDERS = ['flow', 'contract', 'browser', 'unit'];

const toPlace = ({ path, context }) =>
  FOLDERS.indexOf(relative(context.config.rootDir, path).split(/[\\/]/)[1]);

/** Flows first: they wait most of the time, and none of them should be the last file that runs, alone. */
export default class extends Sequencer {
  sort(tests) {
    return super.sort(tests).sort((one, other) => toPlace(one) - toPlace(other));
  }
}
