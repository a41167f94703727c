import type { Command } from 'commander';
import * as z from 'zod';
import { JsonOption } from '../../../src/cli/json-output.ts';
import { toFullName } from '../../../src/cli/program.ts';

interface Shape {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly required?: readonly string[];
  readonly items?: Shape;
  readonly anyOf?: readonly Shape[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly additionalProperties?: Shape | boolean;
}

/** The page about the members that `--json` prints. */
export function toJsonPage(commands: readonly Command[]): string {
  const sections = commands.flatMap((command) => {
    const option = command.options.find((one) => one instanceof JsonOption);
    if (option === undefined) return [];
    const shape = z.toJSONSchema(option.schema, { io: 'output', unrepresentable: 'any' }) as Shape;
    return [`## ${toFullName(command)}\n\n\`\`\`text\n${toText(shape, '')}\n\`\`\`\n`];
  });
  return `${HEAD}\n${sections.join('\n')}`;
}

const HEAD = `# What --json prints

Each command prints one JSON value with these members, whatever else the app answers; \`?\` marks one that may be absent. Later versions may add members and values. Times are ISO 8601 in UTC. \`WRITE_DOCS=1 npm test -- test/unit/cli/json\` writes this page.
`;

function toText(shape: Shape, indent: string): string {
  const { type, properties, required = [], items, anyOf, additionalProperties } = shape;
  if (anyOf) return anyOf.map((one) => toText(one, indent)).join(' | ');
  if (shape.enum) return shape.enum.map((value) => JSON.stringify(value)).join(' | ');
  if (shape.const !== undefined) return JSON.stringify(shape.const);
  if (items) return toArray(toText(items, indent));
  if (properties) {
    const inner = `${indent}  `;
    const members = Object.entries(properties).map(
      ([name, member]) =>
        `${inner}${/^\w+$/.test(name) ? name : `'${name}'`}${required.includes(name) ? '' : '?'}: ${toText(member, inner)};`,
    );
    return `{\n${members.join('\n')}\n${indent}}`;
  }
  if (typeof additionalProperties === 'object')
    return `{ [name: string]: ${toText(additionalProperties, indent)} }`;
  return type === 'integer' ? 'number' : (type ?? 'unknown');
}

const toArray = (element: string): string => (element.includes(' | ') ? `(${element})[]` : `${element}[]`);
