import { Headphones } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { Button } from '../../../components/button.tsx';
import { Dialog, DialogActions } from '../../../components/dialog.tsx';
import { SelectField } from '../../../components/field.tsx';
import { StateMark } from '../../../components/state-mark.tsx';
import { useStore } from '../../../lib/use-store.ts';
import { chime } from '../../../lib/voice/chime.ts';
import { type SoundDevice, useSoundDevices } from '../../../lib/voice/devices.ts';
import { chooseHeadset, headsetChecked, headsetChoice, markHeadset } from '../../../lib/voice/headset-choice.ts';
import { speakerChoosable } from '../../../lib/voice/speaker.ts';
import { liveText } from '../../../strings/live.ts';
import { useMicrophoneCheck } from '../use-microphone-check.ts';

const words = liveText.headset;

interface Props {
  readonly open: boolean;
  /** What follows once the microphone is there. */
  readonly act?: string;
  readonly onClose: () => void;
  readonly onReady?: () => void;
}

/** Finds out, before a call depends on it, whether this browser gives a microphone that hears, and which. */
export function HeadsetDialog({ open, act, onClose, onReady }: Props) {
  return (
    <Dialog
      open={open}
      onClose={onClose}
      title={words.title}
      description={words.body}
      keepFocus={onReady !== undefined}
    >
      <Check
        act={act ?? words.use}
        onClose={onClose}
        onReady={() => {
          markHeadset(true);
          onClose();
          onReady?.();
        }}
      />
    </Dialog>
  );
}

function Check({ act, onClose, onReady }: { act: string; onClose: () => void; onReady: () => void }) {
  const bar = useRef<HTMLDivElement>(null);
  const use = useRef<HTMLButtonElement>(null);
  const { microphone, speaker } = useStore(headsetChoice);
  const { step, problem, heard, again } = useMicrophoneCheck(microphone, share => {
    if (bar.current) bar.current.style.width = `${Math.round(share * 100)}%`;
  });
  const { microphones, speakers } = useSoundDevices(step);
  const open = step === 'open';
  // Whoever has to be quick goes on with Enter as soon as there is a microphone.
  useEffect(() => {
    if (open) use.current?.focus();
  }, [open]);
  return (
    <>
      <div className="grid gap-4 p-4">
        <div className="grid gap-2">
          <DeviceField
            label={words.microphone}
            devices={microphones}
            chosen={microphone}
            onChoose={id => chooseHeadset({ microphone: id })}
          />
          <div aria-hidden="true" data-track className="h-2 overflow-hidden rounded-chip bg-sunken">
            <div ref={bar} data-mark className="h-full w-0 bg-m-agent" />
          </div>
          {problem ? (
            <div role="alert" className="rounded-control border border-bad bg-bad-soft px-3 py-2.5">
              <p>{words.problems[problem]}</p>
            </div>
          ) : (
            <p role="status">
              {!open ? (
                words.asking
              ) : heard ? (
                <StateMark kind="passed">{words.heard}</StateMark>
              ) : (
                <span className="text-text-2">{words.say}</span>
              )}
            </p>
          )}
        </div>
        <div className="flex flex-wrap items-end gap-3">
          {speakerChoosable() && (
            <div className="min-w-48 flex-1">
              <DeviceField
                label={words.speaker}
                devices={speakers}
                chosen={speaker}
                onChoose={id => chooseHeadset({ speaker: id })}
              />
            </div>
          )}
          <Button onClick={() => chime(speaker)}>{words.play}</Button>
        </div>
      </div>
      <DialogActions onCancel={onClose}>
        {problem ? (
          <Button look="primary" onClick={again}>
            {words.again}
          </Button>
        ) : (
          <Button ref={use} look="primary" disabled={!open} onClick={onReady}>
            {act}
          </Button>
        )}
      </DialogActions>
    </>
  );
}

function DeviceField({
  label,
  devices,
  chosen,
  onChoose,
}: {
  label: string;
  devices: readonly SoundDevice[];
  chosen: string;
  onChoose: (id: string) => void;
}) {
  // One that is not plugged in is not used either.
  const known = devices.some(({ id }) => id === chosen);
  return (
    <SelectField label={label} value={known ? chosen : ''} onChange={event => onChoose(event.target.value)}>
      <option value="">{words.system}</option>
      {devices.map(({ id, label: name }) => (
        <option key={id} value={id}>
          {name}
        </option>
      ))}
    </SelectField>
  );
}

/** Opens the check, and says whether it was done in this sitting. */
export function HeadsetButton() {
  const [open, setOpen] = useState(false);
  const checked = useStore(headsetChecked);
  return (
    <>
      <Button onClick={() => setOpen(true)}>
        <Headphones aria-hidden="true" className="size-4" />
        {checked ? words.buttonChecked : words.button}
      </Button>
      <HeadsetDialog open={open} onClose={() => setOpen(false)} />
    </>
  );
}
