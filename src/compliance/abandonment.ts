/** People who answered a campaign's calls lately, and those of them who heard nobody. */
export interface Abandonment {
  readonly answered: number;
  readonly abandoned: number;
}

/** So long is looked back. */
export const abandonmentMs = 30 * 86_400_000;

/** The share of abandoned calls, and whether it forbids to go on; of few calls two are too many. */
export function judgeAbandonment({ answered, abandoned }: Abandonment): {
  readonly percent: number;
  readonly tooMany: boolean;
} {
  const percent = answered === 0 ? 0 : (abandoned / answered) * 100;
  return { percent, tooMany: answered >= 50 ? percent >= 3 : abandoned > 1 };
}
