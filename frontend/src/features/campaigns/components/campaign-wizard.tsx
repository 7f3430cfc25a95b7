import { useQuery } from '@tanstack/react-query';
import clsx from 'clsx';
import { type ReactNode, type RefObject, useEffect, useRef } from 'react';
import { type UseFormReturn, useForm, useWatch } from 'react-hook-form';
import { Button } from '../../../components/button.tsx';
import { ErrorPart } from '../../../components/error-part.tsx';
import { ownTimeZone } from '../../../lib/date-range.ts';
import { useMay, useUser } from '../../../lib/use-user.ts';
import { campaignsText } from '../../../strings/campaigns.ts';
import { type Campaign, campaignStatsQuery, useChangeCampaign, useCreateCampaign } from '../api/campaigns.ts';
import {
  type CampaignDraft,
  emptyDraft,
  type FillingStep,
  fieldsOf,
  fillingSteps,
  problemsIn,
  readDraft,
  stepOf,
  type WizardStep,
  wizardSteps,
} from '../campaign-draft.ts';
import { changesOf, draftOf, wishesOf } from '../campaign-wishes.ts';
import { useListSizes } from '../use-list-sizes.ts';
import { AgentFields } from './agent-fields.tsx';
import { CampaignActs } from './campaign-acts.tsx';
import { ForecastPart } from './forecast-part.tsx';
import { HowFields } from './how-fields.tsx';
import { PeopleFromFile } from './people-from-file.tsx';
import { PeopleNow, PeopleSums } from './people-now.tsx';
import { PreflightPart } from './preflight-part.tsx';
import { RulesInWords } from './rules-in-words.tsx';
import { WhenFields } from './when-fields.tsx';
import { WhatFields, WhoFields } from './wizard-fields.tsx';

const words = campaignsText.wizard;
const fields = { who: WhoFields, what: WhatFields, agent: AgentFields, when: WhenFields, how: HowFields };
const isFilling = (step: WizardStep): step is FillingStep => (fillingSteps as readonly string[]).includes(step);

/** Makes a campaign step by step. What was filled in is kept in this browser; nobody is called before the last step. */
export function CampaignWizard({
  step,
  file,
  campaign,
  arrived,
  onStep,
  onFile,
}: {
  step: WizardStep;
  /** Whether a step was shown before: then the focus goes to the next one, where the button that led there is gone. */
  arrived: RefObject<boolean>;
  /** The file from which people are being taken. */
  file: string | undefined;
  /** Once it is saved. */
  campaign: Campaign | undefined;
  onStep: (step: WizardStep, id: string | undefined) => void;
  onFile: (file: string | undefined) => void;
}) {
  const id = campaign?.id;
  const key = draftKey(useUser().id);
  const form = useForm<CampaignDraft>({ defaultValues: campaign ? draftOf(campaign) : kept(key) });
  const { subscribe } = form;
  const create = useCreateCampaign();
  const change = useChangeCampaign(id ?? '');
  const saving = id === undefined ? create : change;
  useEffect(() => {
    if (id !== undefined) return;
    return subscribe({ formState: { values: true }, callback: ({ values }) => keep(key, JSON.stringify(values)) });
  }, [subscribe, key, id]);

  // Without a saved campaign there is nothing to check.
  const shown = id === undefined && !isFilling(step) ? 'who' : step;
  const place = wizardSteps.indexOf(shown);
  const next = wizardSteps[place + 1];
  const before = wizardSteps[place - 1];

  /** Keeps it on the server, then shows another step. Whatever is wrong is shown at its field, in its step. */
  const save = async (then: WizardStep) => {
    const draft = form.getValues();
    form.clearErrors();
    const whole = then !== 'check' || (await form.trigger());
    if (!whole) {
      const wrong = fillingSteps.find(each => fieldsOf(each).some(name => form.getFieldState(name).invalid));
      if (wrong && wrong !== shown) onStep(wrong, id);
      return;
    }
    try {
      if (campaign) {
        const changes = changesOf(campaign, draft, ownTimeZone());
        if (Object.keys(changes).length > 0) await change.mutateAsync(changes);
        form.reset(draft);
        return onStep(then, campaign.id);
      }
      const made = await create.mutateAsync(wishesOf(draft, ownTimeZone()));
      forgetDraft(key);
      onStep(then, made.campaign.id);
    } catch (error) {
      const problems = problemsIn(error, draft);
      for (const { field, problem } of problems) form.setError(field, { type: 'server', message: problem });
      const [first] = problems;
      if (first && stepOf(first.field) !== shown) onStep(stepOf(first.field), id);
    }
  };
  const go = async () => {
    if (!isFilling(shown)) return next && onStep(next, id);
    if (!next || !(await form.trigger(fieldsOf(shown), { shouldFocus: true }))) return;
    // Without name and purpose there is nothing to keep; from then on the rules are counted beside what was chosen.
    if (shown === 'who' && id === undefined) onStep(next, id);
    else await save(next);
  };
  const Fields = isFilling(shown) ? fields[shown] : null;
  const mayImport = useMay('contacts:write');
  const taking = shown === 'who' && file !== undefined && mayImport;
  const heading = useRef<HTMLHeadingElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: whenever something else is asked for
  useEffect(() => {
    const wrong = isFilling(shown) && fieldsOf(shown).find(name => form.getFieldState(name).invalid);
    if (arrived.current && wrong) form.setFocus(wrong);
    else if (arrived.current) heading.current?.focus();
    arrived.current = true;
  }, [shown, taking]);
  const told = saving.error !== null && problemsIn(saving.error, form.getValues()).length === 0;

  return (
    <div className="grid border-y bg-surface tablet:grid-cols-[13rem_minmax(0,1fr)]">
      <Steps shown={shown} saved={id !== undefined} onStep={each => onStep(each, id)}>
        {campaign && !isFilling(shown) ? <PeopleSums id={campaign.id} /> : <OnLists form={form} />}
      </Steps>
      <div className="min-w-0 border-t tablet:border-t-0 tablet:border-l">
        {taking ? (
          <>
            <Head heading={heading} title={words.titles.who} body={words.bodies.file} />
            <PeopleFromFile
              fileId={file}
              onFile={onFile}
              onTaken={taken => {
                form.setValue('lists', [...new Set([...form.getValues('lists'), ...taken])]);
                onStep('what', id);
              }}
            />
            <Foot onBack={() => onFile(undefined)} />
          </>
        ) : Fields ? (
          <>
            <Head heading={heading} title={words.titles[shown]} body={words.bodies[shown]} />
            {shown === 'who' && mayImport && <PeopleFromFile fileId={undefined} onFile={onFile} onTaken={() => {}} />}
            <form
              noValidate
              onSubmit={event => {
                event.preventDefault();
                void go();
              }}
            >
              <div className="max-w-180 px-3 pb-5 tablet:px-4">
                <Fields form={form} id={id} />
                {told && <ErrorPart className="mt-4" what={words.saveFailed} error={saving.error} />}
              </div>
              <Foot busy={saving.isPending} {...(before ? { onBack: () => onStep(before, id) } : {})}>
                <Button type="submit" look="primary" disabled={saving.isPending}>
                  {saving.isPending ? words.saving : shown === 'how' ? words.save : words.next}
                </Button>
              </Foot>
            </form>
          </>
        ) : (
          <>
            <Head heading={heading} title={words.titles[shown]} body={words.bodies[shown]} />
            {campaign && shown === 'check' && (
              <>
                <RulesInWords campaign={campaign} />
                <PeopleNow id={campaign.id} />
                <PreflightPart id={campaign.id} />
              </>
            )}
            {campaign && shown === 'forecast' && <ForecastPart campaign={campaign} />}
            {campaign && shown === 'start' && <StartStep campaign={campaign} />}
            <Foot {...(before ? { onBack: () => onStep(before, id) } : {})}>
              {next && (
                <Button look="primary" onClick={() => void go()}>
                  {words.next}
                </Button>
              )}
            </Foot>
          </>
        )}
      </div>
    </div>
  );
}

function Steps({
  shown,
  saved,
  onStep,
  children,
}: {
  shown: WizardStep;
  saved: boolean;
  onStep: (step: WizardStep) => void;
  children: ReactNode;
}) {
  const bar = useRef<HTMLElement>(null);
  // On a phone the bar is wider than the page: the step that is open is brought into it.
  // biome-ignore lint/correctness/useExhaustiveDependencies: whenever another step is open
  useEffect(() => {
    const open = bar.current?.querySelector<HTMLElement>('[aria-current=step]');
    if (bar.current && open)
      bar.current.scrollLeft += open.getBoundingClientRect().left - bar.current.getBoundingClientRect().left - 16;
  }, [shown]);
  return (
    <nav ref={bar} aria-label={words.steps} className="overflow-x-auto p-2">
      <ol className="flex gap-1 tablet:flex-col">
        {wizardSteps.map((step, index) => (
          <li key={step} className="shrink-0">
            <button
              type="button"
              aria-current={step === shown ? 'step' : undefined}
              disabled={!saved && index > wizardSteps.indexOf(shown)}
              onClick={() => onStep(step)}
              className={clsx(
                'flex h-9 w-full items-center gap-2 rounded-control px-2 text-left font-medium disabled:text-text-3 pointer-coarse:h-11',
                step === shown ? 'bg-accent-soft text-accent' : 'text-text-2 not-disabled:hover:bg-hover',
              )}
            >
              <span className="w-4 text-right">{index + 1}</span>
              {words.names[step]}
            </button>
          </li>
        ))}
      </ol>
      {children}
    </nav>
  );
}

/** Before it is saved: how many are on the lists that were chosen. */
function OnLists({ form }: { form: UseFormReturn<CampaignDraft> }) {
  const lists = useWatch({ control: form.control, name: 'lists' });
  const sizes = useListSizes(lists);
  if (!sizes || sizes.length === 0) return null;
  const all = sizes.reduce((sum, size) => sum + size, 0);
  return (
    <p className="mx-2 mt-3 hidden border-t pt-2 text-table text-text-2 tablet:block">
      {campaignsText.standing.onLists(all, sizes.length)}
    </p>
  );
}

const Head = ({
  heading,
  title,
  body,
}: {
  heading: RefObject<HTMLHeadingElement | null>;
  title: string;
  body: string;
}) => (
  <div className="px-3 pt-4 pb-4 tablet:px-4">
    <h2 ref={heading} tabIndex={-1} className="scroll-mt-16 font-semibold text-section outline-none">
      {title}
    </h2>
    <p className="mt-0.5 max-w-[78ch] text-text-2">{body}</p>
  </div>
);

const Foot = ({ onBack, busy = false, children }: { onBack?: () => void; busy?: boolean; children?: ReactNode }) => (
  <div className="flex flex-wrap justify-end gap-2 border-t bg-sunken px-3 py-3 tablet:px-4">
    {onBack && (
      <Button disabled={busy} onClick={onBack}>
        {words.back}
      </Button>
    )}
    {children}
  </div>
);

function StartStep({ campaign }: { campaign: Campaign }) {
  const stats = useQuery(campaignStatsQuery(campaign.id)).data?.stats;
  const mayRun = useMay('campaigns:run');
  return (
    <div className="flex flex-wrap items-center gap-3 px-3 pb-5 tablet:px-4">
      <p className="min-w-0">{mayRun ? words.ready : words.readyForOthers}</p>
      <CampaignActs campaign={campaign} stats={stats} only="start" />
    </div>
  );
}

function kept(key: string): CampaignDraft {
  try {
    return readDraft(localStorage.getItem(key));
  } catch {
    return emptyDraft; // this browser keeps nothing
  }
}

function keep(key: string, draft: string): void {
  try {
    localStorage.setItem(key, draft);
  } catch {
    // this browser keeps nothing: what was filled in lasts as long as the page
  }
}

/** The next campaign begins empty. */
function forgetDraft(key: string): void {
  try {
    localStorage.removeItem(key);
  } catch {
    // nothing was kept
  }
}

const draftKey = (userId: string) => `parley.campaign-draft.${userId}`;
