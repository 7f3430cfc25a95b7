import { useEffect, useRef, useState } from 'react';
import { type Headset, openHeadset } from '../../lib/voice/headset.ts';
import { shareOf } from '../../lib/voice/loudness.ts';
import { type MicrophoneProblem, NoMicrophone } from '../../lib/voice/microphone-problem.ts';

/** From this loudness on it is a voice, not the room. */
const voiceFrom = 0.3;

export interface MicrophoneCheck {
  readonly step: 'asking' | 'open' | 'failed';
  readonly problem: MicrophoneProblem | null;
  /** It heard something once. */
  readonly heard: boolean;
  again(): void;
}

/** Opens the microphone as a take-over would, and tells how loud it is; whoever is on a call hears nothing of it. */
export function useMicrophoneCheck(microphone: string, onShare: (share: number) => void): MicrophoneCheck {
  const [step, setStep] = useState<MicrophoneCheck['step']>('asking');
  const [problem, setProblem] = useState<MicrophoneProblem | null>(null);
  const [heard, setHeard] = useState(false);
  const [tries, setTries] = useState(0);
  const paint = useRef(onShare);
  paint.current = onShare;

  // biome-ignore lint/correctness/useExhaustiveDependencies: another device, or another try, is opened anew
  useEffect(() => {
    let gone = false;
    let ears: Headset | null = null;
    let close = () => ears?.close();
    const fail = (what: MicrophoneProblem) => {
      if (gone) return;
      setStep('failed');
      setProblem(what);
    };
    setStep('asking');
    setProblem(null);
    setHeard(false);
    void (async () => {
      ears = await openHeadset(() => {});
      if (gone) return ears.close();
      const opened = await ears.openMicrophone({
        onFrame: () => {},
        onLevel: level => {
          if (gone) return;
          const share = shareOf(level);
          paint.current(share);
          if (share >= voiceFrom) setHeard(true);
        },
        onLost: () => fail('missing'),
      });
      if (gone) return opened.close();
      close = () => {
        opened.close();
        ears?.close();
      };
      setStep('open');
    })().catch((error: unknown) => fail(error instanceof NoMicrophone ? error.problem : 'failed'));
    return () => {
      gone = true;
      close();
      paint.current(0);
    };
  }, [microphone, tries]);

  return { step, problem, heard, again: () => setTries(tries + 1) };
}
