import { NoMicrophone, obstacle, problemOf } from './microphone-problem.ts';

/** Throws NoMicrophone where this page cannot have one, before anybody is asked. */
export function refuseWithoutDevices(): void {
  const problem = obstacle({
    secure: window.isSecureContext,
    hasDevices: navigator.mediaDevices?.getUserMedia !== undefined,
    hasWorklets: typeof AudioWorkletNode !== 'undefined',
  });
  if (problem) throw new NoMicrophone(problem);
}

/** The microphone, as the telephone wants it; throws NoMicrophone with what stands in the way. */
export async function askForMicrophone(): Promise<MediaStream> {
  try {
    return await navigator.mediaDevices.getUserMedia({
      audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true, channelCount: 1 },
    });
  } catch (error) {
    throw new NoMicrophone(problemOf(error), error);
  }
}
