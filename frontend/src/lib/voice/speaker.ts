type Sink = AudioContext & { setSinkId?: (id: string) => Promise<void> };

/** Whether this browser lets a page choose where it is heard. */
export const speakerChoosable = (): boolean =>
  typeof AudioContext !== 'undefined' && 'setSinkId' in AudioContext.prototype;

/** Sends what the context plays to a chosen loudspeaker; one that is gone leaves the system's own. */
export async function playTo(context: AudioContext, speaker: string): Promise<void> {
  await (context as Sink).setSinkId?.(speaker).catch(() => {});
}
