import type { ReactNode } from 'react';
import { StateMark } from '../../../components/state-mark.tsx';
import { formatDuration } from '../../../lib/format.ts';
import { agentsText } from '../../../strings/settings.ts';
import type { Agent, FirstMessage } from '../api/agents.ts';

const words = agentsText.page;

/** What people hear first, and what of it must be there and is not. */
export function FirstMessagePart({ firstMessage: { text, said, missing } }: { firstMessage: FirstMessage }) {
  return (
    <div className="grid max-w-[78ch] gap-3">
      {text === null ? (
        <p className="text-text-2">{words.waits}</p>
      ) : (
        <blockquote className="border-m-agent border-l-3 pl-3">{text}</blockquote>
      )}
      <ul className="border-t">
        {[...missing, ...said].map(each => (
          <li key={each} className="flex flex-wrap gap-x-4 border-b py-1.5">
            <span className="w-22">
              {missing.includes(each) ? (
                <StateMark kind="attention">{words.missingMark}</StateMark>
              ) : (
                <StateMark kind="passed">{words.saidMark}</StateMark>
              )}
            </span>
            <span>{agentsText.sayings[each]}</span>
          </li>
        ))}
      </ul>
      <p className="text-table text-text-2">{missing.length === 0 ? words.allSaid : words.missing(missing.length)}</p>
    </div>
  );
}

const formatOf = (format: { encoding: string; sampleRate: number } | null) =>
  format && `${format.encoding} ${format.sampleRate / 1_000} kHz`;

/** What the vendor said of its agent when it was last read. */
export function VendorPart({ agent: { vendor, vendorAgentId } }: { agent: Agent }) {
  const input = vendor && formatOf(vendor.input);
  const output = vendor && formatOf(vendor.output);
  const facts: readonly (readonly [string, ReactNode])[] = [
    ...(vendor ? [[words.vendorName, vendor.name] as const] : []),
    [
      words.vendorId,
      <code key="id" className="break-all font-mono">
        {vendorAgentId}
      </code>,
    ],
    ...(vendor
      ? ([
          [words.audio, input && output ? words.audioOf(input, output) : words.unknownAudio],
          [
            words.variables,
            vendor.variables.length === 0 ? words.noVariables : <Codes key="names" names={vendor.variables} />,
          ],
          [
            words.permitted,
            vendor.permitted.map(name => agentsText.overrideNames[name]).join(', ') || words.permittedNone,
          ],
          [words.maxSeconds, vendor.maxSeconds === null ? words.noLimit : formatDuration(vendor.maxSeconds)],
          [
            words.vendorSilence,
            vendor.endsSilenceAfterSeconds === null ? words.noLimit : formatDuration(vendor.endsSilenceAfterSeconds),
          ],
        ] as const)
      : []),
  ];
  return (
    <>
      {!vendor && <p className="pb-3 text-text-2">{words.unread}</p>}
      <dl className="border-t">
        {facts.map(([name, value]) => (
          <div key={name} className="grid gap-x-4 border-b py-1.5 tablet:grid-cols-[14rem_minmax(0,1fr)]">
            <dt className="text-text-2">{name}</dt>
            <dd className="min-w-0 break-words">{value}</dd>
          </div>
        ))}
      </dl>
    </>
  );
}

const Codes = ({ names }: { names: readonly string[] }) => (
  <span className="flex flex-wrap gap-x-3">
    {names.map(name => (
      <code key={name} className="break-all font-mono text-table">
        {name}
      </code>
    ))}
  </span>
);
