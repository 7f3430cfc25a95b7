import type { AuditRepository } from './audit-repository.ts';

/** When the kill switch was turned, oldest first, as the audit log tells it. */
export async function killSwitchTurns(
  audit: Pick<AuditRepository, 'list'>,
): Promise<{ readonly at: number; readonly on: boolean }[]> {
  const turns: { at: number; on: boolean }[] = [];
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const page = await audit.list({
      filter: { action: 'kill-switch.turn' },
      limit: 200,
      ...(cursor === undefined ? {} : { cursor }),
    });
    for (const { at, after } of page.items) turns.push({ at: at.getTime(), on: after?.['on'] === true });
    cursor = page.nextCursor;
  }
  return turns.reverse();
}
