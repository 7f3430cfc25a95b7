import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { Band } from '../../../components/band.tsx';
import { buttonStyle } from '../../../components/button.tsx';
import { useAgentNames } from '../../../lib/agents.ts';
import { useListNames } from '../../../lib/contact-lists.ts';
import { formatCount, formatMoney } from '../../../lib/format.ts';
import { spacedNumber } from '../../../lib/phone-number.ts';
import { useMay } from '../../../lib/use-user.ts';
import { campaignsText } from '../../../strings/campaigns.ts';
import type { Campaign } from '../api/campaigns.ts';
import { breakerText, callerIdsText, holidaysText, hoursText, variablesText, versionsText } from '../rule-words.ts';

const words = campaignsText.rules;

/** Everything a campaign was told, in words. */
export function RulesPart({ campaign }: { campaign: Campaign }) {
  const agents = useAgentNames();
  const lists = useListNames();
  const { schedule, retry, amd, budget, seller, maxMinutes } = campaign;
  const machine = amd ? (amd.mode === 'off' ? 'off' : amd.onMachine) : undefined;
  const told = variablesText(campaign);
  const mayChange = useMay('campaigns:write');
  return (
    <>
      {mayChange && campaign.state === 'idle' && (
        <div className="px-3 py-2 tablet:px-4">
          <Link to="/campaigns/new" search={{ step: 'what', id: campaign.id }} className={buttonStyle({})}>
            {words.edit}
          </Link>
        </div>
      )}
      <Band title={words.what}>
        <dl>
          {campaign.description && <Rule name={words.description}>{campaign.description}</Rule>}
          <Rule name={words.agent}>
            {campaign.agentId ? (agents.get(campaign.agentId) ?? campaign.agentId) : words.usualAgent}
          </Rule>
          {told.length > 0 && <Rule name={words.variables}>{told.join(' · ')}</Rule>}
          {campaign.variants.length > 0 && <Rule name={words.versions}>{versionsText(campaign, agents)}</Rule>}
          <Rule name={words.class}>
            {words.classes[campaign.contentClass]}
            {campaign.emergencyReason && `: ${campaign.emergencyReason}`}
          </Rule>
          <Rule name={words.seller}>
            {seller
              ? [seller.legalName, seller.callbackNumber && words.callback(spacedNumber(seller.callbackNumber))]
                  .filter(Boolean)
                  .join(', ')
              : words.usualSeller}
          </Rule>
        </dl>
      </Band>
      <Band title={words.who}>
        <dl>
          <Rule name={words.lists}>
            {campaign.lists.length === 0
              ? words.noLists
              : campaign.lists.map(id => lists.get(id) ?? words.unknownList).join(', ')}
          </Rule>
        </dl>
      </Band>
      <Band title={words.when}>
        <dl>
          <Rule name={words.hours}>
            {schedule
              ? `${hoursText(schedule.windows)}, ${
                  (schedule.timeZone ?? 'contact') === 'contact'
                    ? words.byContact
                    : words.byZone(schedule.timeZone ?? '')
                }`
              : words.usualHours}
          </Rule>
          {schedule?.startsAt && <Rule name={words.starts}>{schedule.startsAt}</Rule>}
          {schedule?.endsAt && <Rule name={words.ends}>{schedule.endsAt}</Rule>}
          {schedule?.holidays && schedule.holidays.length > 0 && (
            <Rule name={words.holidays}>{holidaysText(schedule.holidays)}</Rule>
          )}
          <Rule name={words.paceLabel}>
            {campaignsText.pace(formatCount(campaign.pace.callsPerSecond), campaign.pace.maxConcurrent)}
          </Rule>
          <Rule name={words.priority}>{campaign.priority}</Rule>
          <Rule name={words.tries}>{retry ? words.triesOf(retry.maxAttempts) : words.usualTries}</Rule>
        </dl>
      </Band>
      <Band title={words.how}>
        <dl>
          <Rule name={words.callerIds}>{callerIdsText(campaign)}</Rule>
          <Rule name={words.machine}>
            {machine ? words.machines[machine] : words.usualMachine}
            {amd?.message && `: “${amd.message}”`}
          </Rule>
          <Rule name={words.record}>
            {campaign.record === null ? words.records.open : campaign.record ? words.records.yes : words.records.no}
          </Rule>
          <Rule name={words.limit}>{maxMinutes === null ? words.usualLimit : words.minutes(maxMinutes)}</Rule>
          <Rule name={words.budget}>
            {budget
              ? `${formatMoney(String(budget.amount), budget.currency)} ${budget.per === 'month' ? campaignsText.perMonth : words.total}`
              : words.noBudget}
          </Rule>
          <Rule name={words.breaker}>{breakerText(campaign)}</Rule>
        </dl>
      </Band>
    </>
  );
}

function Rule({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="grid gap-x-4 border-b py-1.5 last:border-b-0 tablet:grid-cols-[11rem_minmax(0,1fr)]">
      <dt className="text-text-2">{name}</dt>
      <dd className="min-w-0 break-words">{children}</dd>
    </div>
  );
}
