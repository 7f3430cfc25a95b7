// Every script imports this file first, and everything newer dynamically after it, so that an old Node says one clear line
// instead of a syntax error from the middle of a module it cannot parse. Keep it in syntax that Node 12 understands.
const floor = [20, 19, 0];
const running = process.version.slice(1).split('.').map(Number);

const firstDifference = floor.findIndex((part, index) => part !== running[index]);
if (firstDifference !== -1 && running[firstDifference] < floor[firstDifference]) {
  console.error(
    `Parley needs Node ${floor.join('.')} or newer, this is Node ${process.version.slice(1)}. Install a current Node (https://nodejs.org) and run the same command again.`,
  );
  process.exit(1);
}
if (process.platform === 'win32') {
  console.error(
    'Parley runs on Linux and macOS. On Windows, use it inside WSL 2 (https://learn.microsoft.com/windows/wsl).',
  );
  process.exit(1);
}
