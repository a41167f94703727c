import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { Language, type Node, Parser } from 'web-tree-sitter';

/** What of a Bicep file is compared with the code, and where its syntax is broken. */
export interface BicepFacts {
  /** `line:column what`, counted from 1. */
  readonly syntaxErrors: readonly string[];
  readonly queues: readonly string[];
  readonly tables: readonly string[];
  readonly containers: readonly string[];
  readonly appSettings: readonly string[];
  readonly parameters: readonly string[];
  /** Which service of azure.yaml a resource is for: its tag `azd-service-name`. */
  readonly serviceNames: readonly string[];
}

let parser: Promise<Parser> | undefined;

async function createParser(): Promise<Parser> {
  await Parser.init();
  const grammar = createRequire(import.meta.url).resolve('tree-sitter-bicep/tree-sitter-bicep.wasm');
  const created = new Parser();
  created.setLanguage(await Language.load(new Uint8Array(await readFile(grammar))));
  return created;
}

/** Reads Bicep with its tree-sitter grammar: syntax and names, not types. */
export async function readBicep(text: string): Promise<BicepFacts> {
  parser ??= createParser();
  const tree = (await parser).parse(text);
  if (!tree) throw new Error('The Bicep parser gave no tree');
  const root = tree.rootNode;
  return {
    syntaxErrors: findErrors(root),
    queues: namesOfResources(root, 'queues'),
    tables: namesOfResources(root, 'tables'),
    containers: namesOfResources(root, 'containers'),
    appSettings: descendants(root, 'object_property')
      .filter((property) => keyOf(property) === 'appSettings')
      .flatMap((property) =>
        descendants(property, 'object').flatMap((object) => textOf(object, 'name') ?? []),
      ),
    parameters: descendants(root, 'parameter_declaration').flatMap(
      (parameter) => parameter.namedChild(0)?.text ?? [],
    ),
    serviceNames: descendants(root, 'object').flatMap((object) => textOf(object, "'azd-service-name'") ?? []),
  };
}

const descendants = (node: Node, type: string): Node[] =>
  node.descendantsOfType(type).filter((found): found is Node => found !== null);

const keyOf = (property: Node) => property.namedChild(0)?.text;

/** The names of child resources of one type, where they are plain text. */
const namesOfResources = (root: Node, type: string): string[] =>
  descendants(root, 'resource_declaration')
    .filter((resource) => resource.namedChild(1)?.text === `'${type}'`)
    .flatMap((resource) => {
      const object = resource.namedChildren.find((child) => child?.type === 'object');
      return object ? (textOf(object, 'name') ?? []) : [];
    });

function textOf(object: Node, key: string): string | undefined {
  const property = object.namedChildren.find(
    (child) => child?.type === 'object_property' && keyOf(child) === key,
  );
  return /^'([^'$]*)'$/.exec(property?.namedChild(1)?.text ?? '')?.[1];
}

function findErrors(node: Node): string[] {
  const at = `${node.startPosition.row + 1}:${node.startPosition.column + 1}`;
  if (node.isMissing) return [`${at} ${node.type} is missing`];
  if (node.isError) return [`${at} cannot be read: ${node.text.split('\n')[0]?.slice(0, 60)}`];
  return node.hasError ? node.children.flatMap((child) => (child ? findErrors(child) : [])) : [];
}
