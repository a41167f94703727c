import { readdir } from 'node:fs/promises';
import { routes } from '../functions/http-function.ts';
import { OPERATIONS } from '../src/app-api.ts';
import { type OpenApi, toOpenApi } from '../src/http/openapi/document.ts';
import type { Operations } from '../src/http/openapi/operation.ts';

/** All that the functions register, and the document that is made of it: without a running app. */
export async function describeApi(): Promise<OpenApi> {
  const folder = new URL('../functions/', import.meta.url);
  const files = await readdir(folder);
  const { warn } = console;
  // The library warns of each function that no host registers.
  console.warn = () => {};
  for (const file of files.filter((name) => name.endsWith('.ts') && name !== 'main.ts').sort())
    await import(`${folder}${file}`);
  console.warn = warn;
  const operations: Operations = OPERATIONS;
  return JSON.parse(JSON.stringify(toOpenApi(routes, operations)));
}

export { routes };
