import { app } from '@azure/functions';

/** Anonymous: that the app is alive, and nothing about what it depends on. */
app.http('health', {
  methods: ['GET'],
  route: 'health',
  authLevel: 'anonymous',
  handler: () => ({ status: 200, headers: { 'cache-control': 'no-store' }, jsonBody: { status: 'alive' } }),
});
