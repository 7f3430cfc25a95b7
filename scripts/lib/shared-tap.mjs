// What compiled test files get as `tap`: as tap itself, but the default export is the test of the file whose turn it is, so that files
// which share a process (./files-together.mjs) are parted from each other: their tests, teardowns, limits and results.
import root from 'tap';

let current = root;

/** From now on `tap` is this test. */
export function giveTurnTo(test) {
  current = test;
}

export default new Proxy(root, {
  get(_root, key) {
    const value = current[key];
    return typeof value === 'function' ? value.bind(current) : value;
  },
  set(_root, key, value) {
    current[key] = value;
    return true;
  },
});

export const test = (...args) => current.test(...args);
