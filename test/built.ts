import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));

/** Runs a built command, as a person does. Its standard input is a socket, as Node makes it. */
export function run(
  file: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
  input: string | Buffer = '',
) {
  const child = spawn(process.execPath, [`${root}build/${file}`, ...args], {
    env: { ...process.env, ...environment },
  });
  child.stdin.end(input);
  const output = { out: '', err: '' };
  child.stdout.on('data', (chunk) => {
    output.out += chunk;
  });
  child.stderr.on('data', (chunk) => {
    output.err += chunk;
  });
  const ended = once(child, 'close').then(([code]) => ({ code, ...output }));
  return { child, output, ended };
}
