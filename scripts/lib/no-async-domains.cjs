// Loaded before each compiled test file. tap follows every promise and timer of the process, to tell which test an error belongs to
// that nobody caught: hooks of Node's for each of them, which cost a file of requests a sixth of its processor time. Without them such
// an error ends the file, as it would end any program, and a file that ended like this has failed (docs/decisions/0008).
'use strict';
const hooks = require('node:async_hooks');
const { syncBuiltinESMExports } = require('node:module');

const { createHook } = hooks;
const without = { enable: () => without, disable: () => without };
hooks.createHook = callbacks => (/async-hook-domain/.test(new Error().stack) ? without : createHook(callbacks));
syncBuiltinESMExports();
