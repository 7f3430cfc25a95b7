const leastMs = 25;
/** The kill switch holds everywhere within a second, and nothing looks at it any more once the last look has been taken. */
const mostMs = 600;
const marginMs = 15;
/** What took long once is forgotten over the next hundred calls. */
const fading = 0.97;

/** How long before its moment a call must be written and looked at last, from how long that took lately. */
export function createLead() {
  let longest = 0;
  return {
    get ms(): number {
      return Math.min(mostMs, Math.max(leastMs, longest + marginMs));
    },
    took(ms: number): void {
      longest = Math.max(longest * fading, Math.min(ms, mostMs));
    },
  };
}
