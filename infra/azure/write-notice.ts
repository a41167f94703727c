/** `npm run notice`: writes the file NOTICE. */
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { createNotice } from './notice.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
await writeFile(`${root}NOTICE`, await createNotice(root));
