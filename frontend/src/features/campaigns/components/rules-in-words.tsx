import { useAgentNames } from '../../../lib/agents.ts';
import { useListNames } from '../../../lib/contact-lists.ts';
import { campaignsText } from '../../../strings/campaigns.ts';
import type { Campaign } from '../api/campaigns.ts';
import { rulesInWords } from '../rule-words.ts';

const words = campaignsText.rules;

/** What a campaign will do, in sentences, to be read before it is checked and started. */
export function RulesInWords({ campaign }: { campaign: Campaign }) {
  const agents = useAgentNames();
  const lists = useListNames();
  return (
    <section aria-label={words.inWords} className="border-t bg-surface px-3 py-4 tablet:px-4">
      <h3 className="font-semibold text-section">{words.inWords}</h3>
      <p className="text-text-2">{words.inWordsBody}</p>
      <ul className="mt-2 grid max-w-[78ch] list-disc gap-1 pl-5">
        {rulesInWords(campaign, { agents, lists }).map(sentence => (
          <li key={sentence}>{sentence}</li>
        ))}
      </ul>
    </section>
  );
}
