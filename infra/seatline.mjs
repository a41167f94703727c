#!/usr/bin/env node
// What `npx seatline` links to: npx links once, so that the file must be there before the first build, and stay.
import '../src/platform/node-version.mjs';
import { existsSync } from 'node:fs';

const built = new URL('../build/cli/seatline.js', import.meta.url);
if (existsSync(built)) await import(built);
else {
  console.error('seatline: The command is not built yet: run "npm ci && npm run build" first.');
  process.exitCode = 1;
}
