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

/** The microphone, as the telephone wants it: the chosen one, or, where that is gone, the system's own. Throws NoMicrophone with what stands in the way. */
export async function askForMicrophone(deviceId = ''): Promise<MediaStream> {
  try {
    return await navigator.mediaDevices.getUserMedia({
      audio: {
        echoCancellation: true,
        noiseSuppression: true,
        autoGainControl: true,
        channelCount: 1,
        ...(deviceId === '' ? {} : { deviceId: { exact: deviceId } }),
      },
    });
  } catch (error) {
    const problem = problemOf(error);
    if (deviceId !== '' && problem === 'missing') return askForMicrophone();
    throw new NoMicrophone(problem, error);
  }
}
