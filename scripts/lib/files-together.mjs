// Runs test files one after the other in this process, each as a test of its own: loading the application and warming it up is paid once
// for all of them (docs/decisions/0011). PARLEY_TESTS_TOGETHER: JSON
// of { files: [[name, file to run]], timeout (seconds of each) }; as an argument it would be part of the name of every folder tap makes.
import { pathToFileURL } from 'node:url';
import root from 'tap';
import { giveTurnTo } from './shared-tap.mjs';

const { files, timeout } = JSON.parse(process.env.PARLEY_TESTS_TOGETHER);
delete process.env.PARLEY_TESTS_TOGETHER;
const ended = files.map(([name, file]) =>
  root.test(name, { timeout: timeout * 1000 }, async test => {
    giveTurnTo(test);
    await import(pathToFileURL(file).href);
  }),
);

// Alone a file that leaves something open is ended by its limit; here that would be the limits of all of them.
const patience = Math.min(30, timeout) * 1000;
await Promise.allSettled(ended);
setTimeout(() => {
  console.error(`left open by one of ${files.map(([name]) => name).join(', ')}: ${process.getActiveResourcesInfo()}`);
  process.exit(1);
}, patience).unref();
