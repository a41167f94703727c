/** Says of a package that is not there what to do. @throws anything else as it is */
export function explainMissing(error) {
  const name =
    error?.code === 'ERR_MODULE_NOT_FOUND' && /Cannot find package '([^']+)'/.exec(error.message)?.[1];
  if (!name) throw error;
  console.error(`The package ${name} is not installed: run "npm ci", and run the command again.`);
  process.exit(1);
}
