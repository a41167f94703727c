import { readFileSync } from 'node:fs';
import { ClientRequest } from 'node:http';

const LOOK_EVERY_MS = 100;

/**
 * Loaded before the app in each worker of the chaos run: its clock goes FAST_TIME_FACTOR times as fast from
 * FAST_TIME_FROM on, so that a turn of a minute is over in seconds. The file FAST_TIME_FILE, where there is one, says
 * in their place that it was `at` when it really was `from`, and goes `factor` times as fast from then on. The clock of
 * this worker's machine is FAST_TIME_AHEAD_MS ahead of the servers' clocks. Only time is faked: nothing of the app.
 */
const RealDate = globalThis.Date;
const file = process.env.FAST_TIME_FILE;
const start = Number(process.env.FAST_TIME_FROM);
const read = () =>
  file === undefined
    ? { from: start, at: start, factor: Number(process.env.FAST_TIME_FACTOR) }
    : JSON.parse(readFileSync(file, 'utf8'));
let time = read();
if (file !== undefined) {
  setInterval(() => {
    time = read();
  }, LOOK_EVERY_MS).unref();
}
const aheadMs = Number(process.env.FAST_TIME_AHEAD_MS ?? 0);
let last = 0;
/** Who learns late that time goes slower stands still for a moment. */
const now = () => {
  last = Math.max(last, Math.round(time.at + (RealDate.now() - time.from) * time.factor + aheadMs));
  return last;
};

globalThis.Date = class extends RealDate {
  constructor(...parts) {
    if (parts.length === 0) super(now());
    else super(...parts);
  }

  static now() {
    return now();
  }
};

/** The servers' clocks go as fast: their answers are as of now. */
const { emit } = ClientRequest.prototype;
ClientRequest.prototype.emit = function (event, ...parts) {
  if (event === 'response' && parts[0].headers.date)
    parts[0].headers.date = new Date(now() - aheadMs).toUTCString();
  return emit.call(this, event, ...parts);
};
