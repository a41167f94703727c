import { readdir } from 'node:fs/promises';
import { OPERATIONS } from '../src/app-api.ts';
import { type OpenApi, toOpenApi } from '../src/http/openapi/document.ts';
import type { Route } from '../src/http/openapi/to-operation.ts';

export interface Described {
  /** All that the functions register over HTTP. */
  readonly routes: readonly Route[];
  readonly api: OpenApi;
}

/** The document that is made of what the functions register: without a running app. */
export async function describeApi(): Promise<Described> {
  const routes = await quietly(register);
  return { routes, api: JSON.parse(JSON.stringify(toOpenApi(routes, OPERATIONS))) };
}

async function register(): Promise<readonly Route[]> {
  const folder = new URL('../functions/', import.meta.url);
  const { routes } = await import('../functions/http-function.ts');
  const files = (await readdir(folder)).filter((name) => name.endsWith('.ts') && name !== 'main.ts');
  for (const file of files.sort()) await import(`${folder}${file}`);
  return routes;
}

/** The library of Azure Functions says of each function that no host is there. */
async function quietly<T>(work: () => Promise<T>): Promise<T> {
  const { debug, warn } = console;
  Object.assign(console, { debug: () => {}, warn: () => {} });
  try {
    return await work();
  } finally {
    Object.assign(console, { debug, warn });
  }
}
