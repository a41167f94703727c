import type { BicepFacts } from './bicep.ts';

/** What azd and the Functions tools read beside Bicep. */
export interface DeploymentFiles {
  /** The services of azure.yaml. */
  readonly serviceNames: readonly string[];
  /** `main` of package.json. */
  readonly main: string;
  readonly funcignore: string;
  /** The names in main.parameters.json. */
  readonly parameters: readonly string[];
  /** The names in local.settings.example.json. */
  readonly localSettings: readonly string[];
}

/** Read by the Functions tools of a machine alone. */
const TOOL_SETTINGS = ['FUNCTIONS_WORKER_RUNTIME'];
/** azd refuses `remoteBuild: false` where the folder is excluded; Core Tools would take it in, content and all, but for the class. */
const NODE_MODULES_STAY = ['!node_module[s]', 'node_modules/*'];

/** Where the files of a deployment do not agree: a line each, with what to change. */
export function compareDeployment(
  files: DeploymentFiles,
  bicep: Pick<BicepFacts, 'parameters' | 'serviceNames'>,
  settings: readonly string[],
): readonly string[] {
  return [
    ...files.serviceNames
      .filter((name) => !bicep.serviceNames.includes(name))
      .map((name) => `azure.yaml: no resource of main.bicep has the tag 'azd-service-name': '${name}'`),
    ...funcignoreProblems(files),
    ...files.parameters
      .filter((name) => !bicep.parameters.includes(name))
      .map((name) => `infra/azure/main.parameters.json: the parameter "${name}" is not in main.bicep`),
    ...files.localSettings
      .filter((name) => ![...settings, ...TOOL_SETTINGS].includes(name))
      .map((name) => `local.settings.example.json: the setting "${name}" is not in the code`),
  ];
}

function funcignoreProblems({ funcignore, main }: DeploymentFiles): readonly string[] {
  const lines = funcignore
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
  const [folder = ''] = main.split('/');
  const taken = ['!host.json', '!package.json', `!${folder}`, `!${folder}/**`];
  const problems = taken
    .filter((line) => !lines.includes(line))
    .map((line) => `.funcignore: add "${line}", or it is not deployed`);
  if (
    lines[0] !== '*' ||
    lines.slice(1).some((line) => !line.startsWith('!') && line !== NODE_MODULES_STAY[1])
  )
    problems.push('.funcignore: begin with "*", and only take back in what is deployed');
  if (lines.slice(-2).join() !== NODE_MODULES_STAY.join())
    problems.push(`.funcignore: end with the lines ${NODE_MODULES_STAY.join(' and ')}, or azd refuses it`);
  return problems;
}
