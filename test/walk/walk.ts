/** `npm run walk`: the files that a request, an HR event and an inventory run go through. */
import { fileURLToPath } from 'node:url';
import { toWalkText } from './walk-text.ts';
import { takeWalks } from './walks.ts';

const walks = await takeWalks(fileURLToPath(new URL('../..', import.meta.url)));
process.stdout.write(`${walks.map(toWalkText).join('\n\n')}\n`);
