import { InvalidArgumentError, Option } from 'commander';

const WAIT_SECONDS = 600;

/** Of commands that always wait. */
export const HOW_LONG = 'how long to wait at most; the work goes on in the app';

/** @param preset in seconds @param description of commands that always wait */
export function timeoutOption(preset = WAIT_SECONDS, description = 'with --wait: how long at most'): Option {
  return new Option('--timeout <seconds>', description).default(preset).argParser((text) => {
    const seconds = Number(text);
    if (!(seconds >= 0 && seconds <= 86_400)) throw new InvalidArgumentError('Say 0 to 86400 seconds.');
    return seconds;
  });
}
