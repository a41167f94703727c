/** Ends a command on an old Node, which cannot load its modules. The same version as `engines` in package.json. */
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(
    `Seatline needs Node 20.19 or later, and this is Node ${process.versions.node}: install Node 24 or 22 from https://nodejs.org, and run the command again.`,
  );
  process.exit(1);
}
