/** Area codes whose numbers 555-0100 to 555-0199 belong to nobody. */
const areas =
  `201 202 203 205 206 207 208 209 210 213 214 215 216 217 218 219 224 225 228 229 231 234 239 240 248 251 252 253
254 256 260 262 267 269 270 276 281 301 302 303 304 305 307 308 309 310 312 313 314 315`.split(/\s+/);
const perArea = 100;

/** How many different numbers there are. */
export const loadNumbers: number = areas.length * perArea;

/** The number of the n-th simulated person, counted from 0; they repeat when there are too many people. */
export function loadNumber(index: number): string {
  const area = areas[index % areas.length]!;
  const line = Math.floor(index / areas.length) % perArea;
  return `+1${area}55501${String(line).padStart(2, '0')}`;
}
