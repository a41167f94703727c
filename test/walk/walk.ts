/**
 * `npm run walk`: the files that a license request, an HR event and an inventory run pass. With `-- --write`, the page
 * about the architecture tells them as well.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { PAGE, replaceWalks, toWalksText } from './page.ts';
import { takeWalks } from './walks.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const text = toWalksText(await takeWalks(root));
process.stdout.write(text);
if (process.argv.includes('--write'))
  await writeFile(`${root}${PAGE}`, replaceWalks(await readFile(`${root}${PAGE}`, 'utf8'), text));
