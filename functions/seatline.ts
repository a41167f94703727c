import { type App, createApp } from '../src/app.ts';

let created: App | undefined;

/** The application of this worker process: made once, from its environment. */
export function seatline(): App {
  created ??= createApp(process.env);
  return created;
}
