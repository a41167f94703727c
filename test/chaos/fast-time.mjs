import { ClientRequest } from 'node:http';

/**
 * Loaded before the app in each worker of the chaos run: its clock goes FAST_TIME_FACTOR times as fast from
 * FAST_TIME_FROM on, so that a turn of a minute is over in seconds. Only time is faked: nothing of the app.
 */
const RealDate = globalThis.Date;
const from = Number(process.env.FAST_TIME_FROM);
const factor = Number(process.env.FAST_TIME_FACTOR);
const now = () => Math.round(from + (RealDate.now() - from) * factor);

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
  if (event === 'response' && parts[0].headers.date) parts[0].headers.date = new Date().toUTCString();
  return emit.call(this, event, ...parts);
};
