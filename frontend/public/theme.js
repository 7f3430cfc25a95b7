// Sets theme and density before the first paint. A file of its own because the server's policy refuses inline scripts.
(() => {
  let saved = {};
  try {
    saved = JSON.parse(localStorage.getItem('parley.preferences') ?? '{}') ?? {};
  } catch {
    // Storage is switched off or holds something else: the defaults are fine.
  }
  // Marks stand on the system's background where it forces its colours, so they must be those made for it.
  const forced = matchMedia('(forced-colors: active)').matches;
  const dark =
    !forced && (saved.theme === 'dark' || saved.theme === 'light')
      ? saved.theme === 'dark'
      : matchMedia('(prefers-color-scheme: dark)').matches;
  document.documentElement.dataset.theme = dark ? 'dark' : 'light';
  document.documentElement.dataset.density = saved.density === 'comfortable' ? 'comfortable' : 'compact';
  document.querySelector('meta[name="theme-color"]')?.setAttribute('content', dark ? '#12110e' : '#f4f3f0');
})();
