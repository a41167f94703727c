import { type App, createApp } from '../src/app.ts';

let created: App | undefined;

/** The app of this worker process, created once from its environment. */
export function seatline(): App {
  created ??= createApp(process.env);
  return created;
}
