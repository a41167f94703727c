import { readdir, readFile } from 'node:fs/promises';
import { build } from 'esbuild';
import * as z from 'zod';

const HEADER = `Seatline
Copyright (c) 2026 The Seatline authors

dist/, which is deployed, contains code of these packages. The text of each license lies in the package of that
version. \`npm run notice\` writes this file.
`;

const packageSchema = z.object({
  name: z.string(),
  version: z.string(),
  license: z.string(),
  author: z.union([z.string(), z.object({ name: z.string() }).transform(({ name }) => name)]).optional(),
});

/** A line that begins so claims a copyright; the text of a license speaks of "copyright" elsewhere. */
const CLAIM = /^[ \t]*(Copyright (?!\[)\S.*)$/m;
const LICENSE_FILE = /^(licen[cs]e|copying)\b/i;
const CONTACT = / ?[<(][^>)]*[@/.][^>)]*[>)]/g;

/** The folder of the package that a bundled file is of, such as `node_modules/zod`; undefined for our own files. */
const toPackageFolder = (file: string): string | undefined =>
  /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0];

async function describePackage(folder: string): Promise<string> {
  const found = packageSchema.parse(JSON.parse(await readFile(`${folder}/package.json`, 'utf8')));
  const licenseFile = (await readdir(folder)).find((file) => LICENSE_FILE.test(file));
  const text = licenseFile === undefined ? '' : await readFile(`${folder}/${licenseFile}`, 'utf8');
  const claim = CLAIM.exec(text)?.[1] ?? `By ${found.author ?? 'its authors'}`;
  return `${found.name} ${found.version} (${found.license})\n    ${claim.replaceAll(CONTACT, '').trim()}\n`;
}

/**
 * The packages whose code is in the bundle, with version, license and copyright: the text of the file NOTICE.
 * @param root the folder of the repository, with its dependencies installed
 */
export async function createNotice(root: string): Promise<string> {
  const { metafile } = await build({
    ...{
      absWorkingDir: root,
      entryPoints: ['functions/main.ts'],
      outdir: 'dist',
      write: false,
      metafile: true,
    },
    ...{
      bundle: true,
      splitting: true,
      platform: 'node',
      format: 'esm',
      external: ['@azure/functions-core'],
    },
  });
  const files = Object.values(metafile.outputs).flatMap(({ inputs }) => Object.keys(inputs));
  const folders = new Set(files.flatMap((file) => toPackageFolder(file) ?? []));
  const described = await Promise.all([...folders].map((folder) => describePackage(`${root}/${folder}`)));
  return [HEADER, ...described.sort()].join('\n');
}
