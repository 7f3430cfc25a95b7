// Sets theme and density before the first paint. A file of its own because the server's policy refuses inline scripts.
(() => {
  let saved = {};
  try {
    saved = JSON.parse(localStorage.getItem('parley.preferences') ?? '{}') ?? {};
  } catch {
    // Storage is switched off or holds something else: the defaults are fine.
  }
  const dark =
    saved.theme === 'dark' || (saved.theme !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches);
  document.documentElement.dataset.theme = dark ? 'dark' : 'light';
  document.documentElement.dataset.density = saved.density === 'comfortable' ? 'comfortable' : 'compact';
  document.querySelector('meta[name="theme-color"]')?.setAttribute('content', dark ? '#12110e' : '#f4f3f0');
})();
