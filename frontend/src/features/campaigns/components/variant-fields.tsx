import { Plus, Trash2 } from 'lucide-react';
import type { UseFormReturn } from 'react-hook-form';
import { AgentOptions } from '../../../components/agent-options.tsx';
import { Button } from '../../../components/button.tsx';
import { SelectField, TextField } from '../../../components/field.tsx';
import type { Agent } from '../../../lib/agents.ts';
import { formatShare } from '../../../lib/format.ts';
import { campaignsText } from '../../../strings/campaigns.ts';
import type { CampaignDraft } from '../campaign-draft.ts';
import { shareOf, type VariantDraft, variantName, withVariant } from '../campaign-parts.ts';
import { typedNumber } from '../pace-fields.ts';

const words = campaignsText.wizard.variants;
const mostVariants = 10;

/** Versions that are compared: which agent speaks, what it is told, and how many people each gets. */
export function VariantFields({
  form,
  agents,
  names,
}: {
  form: UseFormReturn<CampaignDraft>;
  agents: readonly Agent[] | undefined;
  /** Variables that a version may be told otherwise. */
  names: readonly string[];
}) {
  const { watch, setValue, register, formState, clearErrors } = form;
  const variants = watch('variants');
  const errors = formState.errors.variants;
  const put = (next: VariantDraft[]) => {
    clearErrors('variants');
    setValue('variants', next, { shouldDirty: true });
  };
  return (
    <fieldset className="grid gap-3">
      <legend className="mb-1 font-semibold text-section">{words.title}</legend>
      <p className="max-w-[70ch] text-text-2">{words.body}</p>
      {variants.map((variant, index) => {
        const share = shareOf(variants, variant);
        return (
          <div
            // biome-ignore lint/suspicious/noArrayIndexKey: a version has no other identity while its name is typed
            key={index}
            className="grid gap-3 border-border-strong border-l-3 py-1 pl-3"
          >
            <div className="grid items-start gap-3 tablet:grid-cols-[8rem_minmax(0,1fr)_9rem_auto]">
              <TextField
                label={words.name(index + 1)}
                maxLength={40}
                autoComplete="off"
                error={errors?.[index]?.name?.message}
                {...register(`variants.${index}.name`, {
                  validate: (name, all) =>
                    !variantName.test(name.trim())
                      ? words.nameWrong
                      : all.variants.filter(each => each.name.trim().toLowerCase() === name.trim().toLowerCase())
                            .length > 1
                        ? words.nameTwice
                        : true,
                })}
              />
              <SelectField label={words.agent} {...register(`variants.${index}.agentId`)}>
                <option value="">{words.sameAgent}</option>
                <AgentOptions agents={agents} chosen={variant.agentId} />
              </SelectField>
              <TextField
                label={words.weight}
                inputMode="decimal"
                help={share === null ? undefined : words.share(formatShare(share))}
                error={errors?.[index]?.weight?.message}
                {...register(`variants.${index}.weight`, {
                  validate: typed => {
                    const weight = typedNumber(typed);
                    return (weight > 0 && weight <= 1_000) || words.weightWrong;
                  },
                })}
              />
              <Button
                look="quiet"
                size="icon"
                className="tablet:mt-5.5"
                aria-label={words.remove(variant.name)}
                onClick={() => put(variants.length === 2 ? [] : variants.filter((_, at) => at !== index))}
              >
                <Trash2 aria-hidden="true" className="size-4" />
              </Button>
            </div>
            {names.length > 0 && (
              <details open={Object.values(variant.texts).some(text => text !== '')}>
                <summary className="w-fit cursor-pointer py-1 font-medium text-accent text-table">
                  {words.texts}
                </summary>
                <div className="grid gap-3 pt-2 tablet:grid-cols-2">
                  {names.map(name => (
                    <TextField
                      key={name}
                      label={name}
                      maxLength={2_000}
                      autoComplete="off"
                      placeholder={words.asCampaign}
                      {...register(`variants.${index}.texts.${name}`)}
                    />
                  ))}
                </div>
              </details>
            )}
          </div>
        );
      })}
      {errors?.message && (
        <p role="alert" className="font-medium text-bad text-label">
          {errors.message}
        </p>
      )}
      {variants.length < mostVariants && (
        <div>
          <Button onClick={() => put(withVariant(variants))}>
            <Plus aria-hidden="true" className="size-4" />
            {variants.length === 0 ? words.compare : words.another}
          </Button>
        </div>
      )}
    </fieldset>
  );
}
