const onMac = typeof navigator !== 'undefined' && /Mac|iPhone|iPad/.test(navigator.platform);

/** How the keys that open the palette are called on this machine. */
export const paletteKeys = onMac ? '⌘ K' : 'Ctrl K';

/** ⌘K and Ctrl+K are the same everywhere: people change machines. */
export const opensPalette = (
  event: Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey'>,
): boolean => event.key.toLowerCase() === 'k' && event.ctrlKey !== event.metaKey && !event.altKey && !event.shiftKey;
