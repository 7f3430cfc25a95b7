import { useEffect, useState } from 'react';

/** A microphone or loudspeaker, as the browser calls it. */
export interface SoundDevice {
  readonly id: string;
  readonly label: string;
}

export interface SoundDevices {
  readonly microphones: readonly SoundDevice[];
  readonly speakers: readonly SoundDevice[];
  /** What the system's own microphone is called, as far as it is known. */
  readonly systemMicrophone: string | null;
}

const noDevices: SoundDevices = { microphones: [], speakers: [], systemMicrophone: null };

/** What can be chosen. Browsers tell names only to pages that were given a microphone; the doubles that stand for "as the system is set" are left out. */
export function choosable(
  devices: readonly Pick<MediaDeviceInfo, 'kind' | 'deviceId' | 'label'>[],
  kind: MediaDeviceKind,
): SoundDevice[] {
  return devices
    .filter(each => each.kind === kind && each.label !== '')
    .filter(({ deviceId }) => !['', 'default', 'communications'].includes(deviceId))
    .map(({ deviceId, label }) => ({ id: deviceId, label }));
}

/** The devices of this computer, also as they are plugged in and out; asked again with each `round`. */
export function useSoundDevices(round: unknown): SoundDevices {
  const [devices, setDevices] = useState(noDevices);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a granted microphone makes the names known
  useEffect(() => {
    const { mediaDevices } = navigator;
    if (!mediaDevices?.enumerateDevices) return;
    let gone = false;
    const ask = () =>
      void mediaDevices
        .enumerateDevices()
        .then(all => {
          if (gone) return;
          setDevices({
            microphones: choosable(all, 'audioinput'),
            speakers: choosable(all, 'audiooutput'),
            systemMicrophone: all.find(({ kind, label }) => kind === 'audioinput' && label !== '')?.label ?? null,
          });
        })
        .catch(() => {}); // without a list the system's own choice stands
    ask();
    mediaDevices.addEventListener('devicechange', ask);
    return () => {
      gone = true;
      mediaDevices.removeEventListener('devicechange', ask);
    };
  }, [round]);
  return devices;
}
