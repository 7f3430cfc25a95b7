import { createStore, type Store } from './store.ts';

export type Theme = 'system' | 'light' | 'dark';
export type Density = 'compact' | 'comfortable';
export type Preferences = {
  theme: Theme;
  density: Density;
  letterKeys: boolean;
  chime: boolean;
  /** The live wall is for a screen that many see: larger, nothing to press, and nothing that was said. */
  wallDisplay: boolean;
};

const KEY = 'parley.preferences';
const defaults: Preferences = {
  theme: 'system',
  density: 'compact',
  letterKeys: true,
  chime: false,
  wallDisplay: false,
};

/** Reads saved preferences; whatever is unknown, damaged or from another version falls back to the default. */
export function parsePreferences(text: string | null): Preferences {
  let saved: Partial<Record<keyof Preferences, unknown>> = {};
  try {
    const parsed: unknown = JSON.parse(text ?? '{}');
    if (typeof parsed === 'object' && parsed !== null) saved = parsed;
  } catch {
    return defaults;
  }
  return {
    theme: saved.theme === 'light' || saved.theme === 'dark' ? saved.theme : 'system',
    density: saved.density === 'comfortable' ? 'comfortable' : 'compact',
    letterKeys: saved.letterKeys !== false,
    chime: saved.chime === true,
    wallDisplay: saved.wallDisplay === true,
  };
}

/** How this browser shows the dashboard. Kept on this device, never on the server. */
export const preferences: Store<Preferences> = createStore<Preferences>(defaults);

export function setPreference<K extends keyof Preferences>(name: K, value: Preferences[K]): void {
  preferences.set({ ...preferences.get(), [name]: value });
  try {
    localStorage.setItem(KEY, JSON.stringify(preferences.get()));
  } catch {
    // Storage is switched off: the choice holds until the page is closed.
  }
}

const read = () => {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
};

/** Applies preferences to the page, now and whenever they or the system's theme change (also from another tab). */
export function followPreferences(): void {
  const systemDark = matchMedia('(prefers-color-scheme: dark)');
  // Marks stand on the system's background where it forces its colours, so they must be those made for it.
  const forced = matchMedia('(forced-colors: active)');
  const apply = () => {
    const { theme, density } = preferences.get();
    const dark = theme === 'system' || forced.matches ? systemDark.matches : theme === 'dark';
    const root = document.documentElement;
    root.dataset['theme'] = dark ? 'dark' : 'light';
    root.dataset['density'] = density;
    const background = getComputedStyle(root).getPropertyValue('--bg');
    document.querySelector('meta[name="theme-color"]')?.setAttribute('content', background);
  };
  preferences.subscribe(apply);
  systemDark.addEventListener('change', apply);
  forced.addEventListener('change', apply);
  addEventListener('storage', event => {
    if (event.key === KEY) preferences.set(parsePreferences(event.newValue));
  });
  preferences.set(parsePreferences(read()));
}
