// Loaded before each compiled test file.
'use strict';
require('./no-async-domains.cjs');
require('./source-stacks.cjs');

// What a test starts with the flags of its own process is not a test.
const at = process.execArgv.indexOf(`--require=${__filename}`);
if (at >= 0) process.execArgv.splice(at, 1);
