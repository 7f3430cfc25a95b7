import { Controller } from 'react-hook-form';
import { SelectField, TextField } from '../../../components/field.tsx';
import { ListChoice } from '../../../components/list-choice.tsx';
import { campaignsText } from '../../../strings/campaigns.ts';
import { RuleEffect, type StepProps } from './rule-effect.tsx';

const words = campaignsText.wizard;

export function WhoFields({ form, id }: StepProps) {
  const { errors } = form.formState;
  return (
    <div className="grid gap-4">
      <Controller
        control={form.control}
        name="lists"
        rules={{ validate: lists => lists.length > 0 || words.noList }}
        render={({ field }) => (
          <ListChoice label={words.lists} chosen={field.value} onChange={lists => field.onChange([...lists])} />
        )}
      />
      <p className="text-label text-text-2">
        <RuleEffect form={form} id={id} step="who" of="lists" />
      </p>
      {errors.lists && (
        <p role="alert" className="font-medium text-bad text-label">
          {errors.lists.message}
        </p>
      )}
    </div>
  );
}

export function WhatFields({ form, id }: StepProps) {
  const { register, watch, formState } = form;
  const { errors } = formState;
  const contentClass = watch('contentClass');
  return (
    <div className="grid gap-4">
      <TextField
        label={words.name}
        autoComplete="off"
        maxLength={120}
        error={errors.name?.message}
        {...register('name', { validate: name => name.trim() !== '' || words.nameMissing })}
      />
      <SelectField
        label={words.class}
        help={
          <>
            {contentClass === '' ? words.classHelp : words.classes[contentClass]}
            <RuleEffect form={form} id={id} step="what" of="purpose" />
          </>
        }
        error={errors.contentClass?.message}
        {...register('contentClass', { validate: chosen => chosen !== '' || words.classMissing })}
      >
        <option value="">{words.choose}</option>
        <option value="informational">{campaignsText.rules.classes.informational}</option>
        <option value="telemarketing">{campaignsText.rules.classes.telemarketing}</option>
        <option value="emergency">{campaignsText.rules.classes.emergency}</option>
      </SelectField>
      {contentClass === 'emergency' && (
        <TextField
          label={words.emergencyReason}
          maxLength={500}
          error={errors.emergencyReason?.message}
          {...register('emergencyReason', { validate: reason => reason.trim() !== '' || words.reasonMissing })}
        />
      )}
      <div className="grid gap-4 tablet:grid-cols-2">
        <TextField
          label={words.seller}
          help={words.sellerHelp}
          maxLength={200}
          error={errors.sellerName?.message}
          {...register('sellerName')}
        />
        <TextField
          label={words.callback}
          type="tel"
          autoComplete="off"
          help={words.callbackHelp}
          error={errors.sellerNumber?.message}
          {...register('sellerNumber')}
        />
      </div>
    </div>
  );
}
