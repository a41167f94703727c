import { readFileSync } from 'node:fs';
import { ClientRequest } from 'node:http';

const LOOK_EVERY_MS = 100;

/**
 * Loaded before the app in each worker of the chaos run: its clock goes FAST_TIME_FACTOR times as fast from
 * FAST_TIME_FROM on, so that a turn of a minute is over in seconds. The file FAST_TIME_LATER says by how many
 * milliseconds it is later beside that. The clock of this worker's machine is FAST_TIME_AHEAD_MS ahead of the servers' clocks. Only time is faked:
 * nothing of the app.
 */
const RealDate = globalThis.Date;
const from = Number(process.env.FAST_TIME_FROM);
const factor = Number(process.env.FAST_TIME_FACTOR);
const laterFile = process.env.FAST_TIME_LATER;
const readLater = () => (laterFile === undefined ? 0 : Number(readFileSync(laterFile, 'utf8')));
let laterMs = readLater();
if (laterFile !== undefined) {
  setInterval(() => {
    laterMs = readLater();
  }, LOOK_EVERY_MS).unref();
}
const aheadMs = Number(process.env.FAST_TIME_AHEAD_MS ?? 0);
const now = () => Math.round(from + (RealDate.now() - from) * factor + laterMs + aheadMs);

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
