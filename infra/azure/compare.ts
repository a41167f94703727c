import type { BicepFacts } from './bicep.ts';

export interface CodeNames {
  readonly queues: readonly string[];
  readonly tables: readonly string[];
  readonly containers: readonly string[];
  readonly settings: readonly string[];
}

/** In Bicep and not in the code: the package of the app itself. */
const DEPLOYMENT_CONTAINERS = ['app-package'];
/** Set in the cloud alone, and read by the platform. */
const PLATFORM_SETTINGS = [
  'APPLICATIONINSIGHTS_CONNECTION_STRING',
  'APPLICATIONINSIGHTS_AUTHENTICATION_STRING',
  'FUNCTIONS_REQUEST_BODY_SIZE_LIMIT',
];
/** The connection string of a machine; in the cloud the identity takes its place. */
const LOCAL_SETTINGS = ['AzureWebJobsStorage'];

/** Where the cloud files and the code do not name the same things: a line each, with what to change. */
export function compareNames(bicep: BicepFacts, code: CodeNames): readonly string[] {
  return [
    ...compare('queue', bicep.queues, code.queues),
    ...compare('table', bicep.tables, code.tables),
    ...compare('container', bicep.containers, [...code.containers, ...DEPLOYMENT_CONTAINERS]),
    ...compare('setting', bicep.appSettings, [
      ...code.settings.filter((name) => !LOCAL_SETTINGS.includes(name)),
      ...PLATFORM_SETTINGS,
    ]),
  ];
}

function compare(what: string, inBicep: readonly string[], inCode: readonly string[]): readonly string[] {
  const repeated = inBicep.filter((name, index) => inBicep.indexOf(name) !== index);
  return [
    ...inCode
      .filter((name) => !inBicep.includes(name))
      .map((name) => `the ${what} "${name}" of the code is missing`),
    ...inBicep
      .filter((name) => !inCode.includes(name))
      .map((name) => `the ${what} "${name}" is not in the code`),
    ...repeated.map((name) => `the ${what} "${name}" is there twice`),
  ];
}
