const days = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const two = (value: number) => String(value).padStart(2, '0');

/** `Fri, 20 Nov 2026 17:05:09 +0000`, the style of the REST API and of call callbacks. */
export function rfc2822(ms: number): string {
  const at = new Date(ms);
  const date = `${days[at.getUTCDay()]}, ${two(at.getUTCDate())} ${months[at.getUTCMonth()]} ${at.getUTCFullYear()}`;
  return `${date} ${two(at.getUTCHours())}:${two(at.getUTCMinutes())}:${two(at.getUTCSeconds())} +0000`;
}

/** ISO 8601, the style of stream status callbacks. */
export const iso8601 = (ms: number): string => new Date(ms).toISOString();
