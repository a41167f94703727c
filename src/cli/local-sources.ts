/** Secrets of the HR systems of `npm start`: they protect nothing, and are the same on each machine. */
const STANDARD_SECRET = Buffer.from('local-standard-webhooks!').toString('base64');

/** The setting HR_SOURCES of `npm start`, where nothing else is given. */
export const LOCAL_HR_SOURCES = JSON.stringify({
  hr: { preset: 'standard-webhooks', secrets: [`whsec_${STANDARD_SECRET}`], timeZone: 'Europe/Berlin' },
  bamboohr: { preset: 'bamboohr', secrets: ['local-bamboohr-secret'] },
  hibob: { preset: 'hibob', secrets: ['local-hibob-secret'] },
});
