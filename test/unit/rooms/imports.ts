import { readFile } from 'node:fs/promises';
import { join, posix } from 'node:path';

/** One import of a file: of another file of the repository, or of a package. */
export interface Import {
  readonly from: string;
  /** A path from the root of the repository, or the name of a package. */
  readonly to: string;
}

/** The rooms of `src/`, from the top: a room imports only rooms below it. */
export const ROOMS = [
  'app',
  'config',
  'cli',
  'notify',
  'inventory',
  'hr',
  'policy',
  'worker',
  'guardrails',
  'seats',
  'numbers',
  'requests',
  'audit',
  'people',
  'webex',
  'http',
  'platform',
] as const;

/** These implement ports of other rooms: what they import is a port and what it speaks of. */
export const ADAPTERS = ['storage', 'telemetry'] as const;

/** Who imports a room that only a few may know. */
const ONLY_FOR: Readonly<Record<string, { readonly rooms: readonly string[]; readonly instead: string }>> = {
  storage: {
    rooms: ['app', 'config'],
    instead: 'declare a port in the room that needs it; app.ts hands it in',
  },
  telemetry: { rooms: ['app'], instead: 'write to the log of platform/' },
  config: { rooms: ['app'], instead: 'declare the settings type in the room that needs it' },
  cli: {
    rooms: [],
    instead: 'move what both need to a room below: the command is a client of the HTTP functions',
  },
  app: { rooms: [], instead: 'take what is needed as an argument: app.ts is where rooms are put together' },
};

/** Where a package is imported that only one place may know. */
const ONLY_IN: readonly (readonly [name: RegExp, place: string])[] = [
  [/^@azure\/functions\b/, 'functions/'],
  [/^@azure\/(storage-(queue|blob)|data-tables|identity|keyvault-secrets)\b/, 'src/storage/'],
  [/^node-fetch\b/, 'src/platform/http-client.ts'],
];

/** What a function may import of `src/`. */
const OF_FUNCTIONS = ['src/app.ts', 'src/http/', 'src/platform/', 'src/storage/names.ts'];

const IMPORT =
  /^(?:import|export)\b[^;]*?\bfrom\s+['"](?<named>[^'"]+)['"]|\bimport\(\s*(?:['"`](?<loaded>[^'"`]+)['"`])?|^import\s+['"](?<bare>[^'"]+)['"]/gm;
/** Stands for the path of an import that is computed when the app runs. */
const COMPUTED = '$';

/** All imports in the text of a file, types included. */
export const parseImports = (from: string, text: string): readonly Import[] =>
  [...text.matchAll(IMPORT)].map(({ groups: { named, loaded, bare } = {} }) => {
    const path = named ?? loaded ?? bare ?? COMPUTED;
    return { from, to: path.startsWith('.') ? posix.join(posix.dirname(from), path) : path };
  });

/** All imports of some files, in the order of the files. */
export async function readImports(root: string, files: readonly string[]): Promise<readonly Import[]> {
  const texts = await Promise.all(files.map((file) => readFile(join(root, file), 'utf8')));
  return files.flatMap((from, index) => parseImports(from, texts[index] ?? ''));
}

/** The room of a file of `src/`; files beside the rooms are those of the composition root. */
export function toRoom(file: string): string | undefined {
  const [top, room, ...rest] = file.split('/');
  if (top !== 'src' || room === undefined) return undefined;
  return rest.length > 0 ? room : 'app';
}

/** What is wrong with an import, and what to do; undefined where it is as it should be. */
export function findWrong({ from, to }: Import): string | undefined {
  const isPackage = !/^(src|functions|infra|test)\//.test(to);
  const arrow = `${from} imports ${to}`;
  if (to.includes('$')) return `${arrow}: write the whole path, so that this test can read it`;
  if (isPackage) {
    const place = ONLY_IN.find(([name]) => name.test(to))?.[1];
    const isAllowed = place === undefined || from.startsWith(place) || !/^(src|functions)\//.test(from);
    return isAllowed ? undefined : `${arrow}: only ${place} does; call what it offers`;
  }
  const [here, there] = [toRoom(from), toRoom(to)];
  if (here === undefined) {
    const isAllowed = !from.startsWith('functions/') || there === undefined || isOneOf(OF_FUNCTIONS, to);
    return isAllowed
      ? undefined
      : `${arrow}: a function is a binding and one call of the app; put the rest there`;
  }
  if (there === undefined)
    return /^(functions|infra|test)\//.test(to)
      ? `${arrow}: src/ knows nothing of what registers, runs or tests it; pass it as an argument`
      : undefined;
  if (here === there) return undefined;
  const only = ONLY_FOR[there];
  if (only) return only.rooms.includes(here) ? undefined : `${arrow}: ${only.instead}`;
  if (isIn(ADAPTERS, here)) return undefined;
  for (const [file, room] of [[from, here] as const, [to, there] as const]) {
    if (!isIn(ROOMS, room)) return `${file}: give the room ${room} a place in the order of rooms`;
  }
  if (toHeight(here) < toHeight(there)) return undefined;
  return `${arrow}: ${there}/ is above ${here}/; declare a port in ${here}/, or move what both need below`;
}

const isIn = (rooms: readonly string[], room: string) => rooms.includes(room);
const isOneOf = (places: readonly string[], file: string) =>
  places.some((place) => (place.endsWith('/') ? file.startsWith(place) : file === place));
const toHeight = (room: string) => (ROOMS as readonly string[]).indexOf(room);

/** A way from a file back to itself, for each file that is the first to close one. */
export function findCycles(imports: readonly Import[]): readonly string[] {
  const targets = new Map<string, Import[]>();
  for (const one of imports) targets.set(one.from, [...(targets.get(one.from) ?? []), one]);
  const done = new Set<string>();
  const cycles: string[] = [];
  const visit = (file: string, way: readonly string[]): void => {
    const at = way.indexOf(file);
    if (at >= 0) cycles.push([...way.slice(at), file].join(' -> '));
    if (at >= 0 || done.has(file)) return;
    for (const { to } of targets.get(file) ?? []) visit(to, [...way, file]);
    done.add(file);
  };
  for (const file of targets.keys()) visit(file, []);
  return cycles;
}
