import type { Test } from 'tap';
import { type Clip, createClip, createClipLibrary } from '../../src/sandbox/audio/clip-library.ts';
import { type CarrierTwin, type CarrierTwinOptions, startCarrierTwin } from '../../src/sandbox/carrier/carrier-twin.ts';
import type { Violation, ViolationKind } from '../../src/sandbox/carrier/twin-ledger.ts';
import { createTwinClock, type TwinClock } from '../../src/sandbox/clock.ts';
import { parseScenario, type Scenario } from '../../src/sandbox/scenarios/scenario.ts';
import { elasticClock } from './elastic-clock.ts';
import { complaintsOf, createComplaintBook, failOn } from './violations.ts';

export interface TestCarrier extends CarrierTwin {
  /** Waits for a violation of this kind and takes it away, because the test provoked it on purpose. */
  provoked(kind: ViolationKind): Promise<Violation>;
}

export interface TestCarrierOptions extends Omit<CarrierTwinOptions, 'scenario' | 'clock'> {
  /** How much faster than real time the telephone network runs; 20 without it. */
  scale?: number;
  /** The text of a scenario, or one that is already made. */
  scenario?: string | Scenario;
}

/**
 * Starts a carrier twin for one test. When the test ends, every protocol violation that it did not name itself with `provoked`
 * makes it fail.
 */
export async function startTestCarrier(t: Test, options: TestCarrierOptions = {}): Promise<TestCarrier> {
  const { scale = 20, scenario = quietScenario, ...rest } = options;
  const complaints = createComplaintBook();
  const twin = await startCarrierTwin({
    callsPerSecond: 100,
    ...rest,
    clock: twinClock(scale),
    scenario: typeof scenario === 'string' ? parseScenario(scenario, testClips) : scenario,
    onViolation: complaints.heard,
  });
  t.teardown(async () => {
    const found = complaintsOf(twin);
    await twin.close();
    failOn(t, "carrier's", found);
  });
  return {
    ...twin,
    provoked: kind => complaints.provoked(twin, kind),
  };
}

/** The clock of a test's twins: life's own at its own pace, and one that no busy machine can hurry when it is faster. */
export const twinClock = (scale: number): TwinClock => (scale > 1 ? elasticClock(scale) : createTwinClock(scale));

/** Words of noise that differ in every frame: as good as speech to a detector, and unmistakable to a recogniser. */
export function testClip(id: string, seconds: number, voice = 'test'): Clip {
  const bytes = Buffer.alloc(Math.round(seconds * 50) * 160);
  let state = [...id].reduce((sum, letter) => Math.imul(sum, 31) + letter.charCodeAt(0), 7) >>> 0;
  for (let at = 0; at < bytes.length; at += 1) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bytes[at] = (state >>> 24) & 0xbf; // both signs, never quiet
  }
  return createClip({ id, text: id, voice }, bytes);
}

export const testClips = createClipLibrary([
  testClip('hello', 0.6),
  testClip('yes please', 1),
  testClip('stop for a moment', 1.2),
  testClip('goodbye', 0.8),
  testClip('you have reached a machine, leave a message', 4),
  testClip('agent: good morning', 2, 'agent'),
  testClip('agent: shall I book it', 2.4, 'agent'),
  testClip('agent: a long explanation', 20, 'agent'),
  testClip('agent: thank you', 1.4, 'agent'),
]);

export const quietScenario = `
name: quiet
people:
  - id: listener
    name: A listener
    answer: human
    rings: 1
    greets: hello
weights: { listener: 1 }
`;
