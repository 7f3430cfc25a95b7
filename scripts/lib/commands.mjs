/** The command-line entries of the server: name of the npm script → built file below dist/, and arguments that come before the user's. */
export const commands = {
  admin: { entry: 'auth/admin-cli.js' },
  'campaign:judge': { entry: 'auth/admin-cli.js', args: ['judge'] },
  migrate: { entry: 'store/migrate-cli.js' },
  'store:serve': { entry: 'store/serve-cli.js' },
  'store:export': { entry: 'store/transfer-cli.js', args: ['export'] },
  'store:import': { entry: 'store/transfer-cli.js', args: ['import'] },
  'sandbox:carrier': { entry: 'sandbox/carrier/cli.js' },
  'sandbox:agent': { entry: 'sandbox/agent/cli.js' },
  loadtest: { entry: 'sandbox/load/cli.js' },
};
