import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useForm } from 'react-hook-form';
import { Button } from '../../../components/button.tsx';
import { ErrorPart } from '../../../components/error-part.tsx';
import { notify } from '../../../lib/announcements.ts';
import { ApiError, namesField } from '../../../lib/api-error.ts';
import { agentsText } from '../../../strings/settings.ts';
import { agentChange, agentFields, newAgent } from '../agent-form.ts';
import { type Agent, useChangeAgent, useMakeAgent } from '../api/agents.ts';
import { AgentFormFields } from './agent-form.tsx';

const words = agentsText.form;

/** Changes an agent: what was changed becomes its next version. What is typed stays, whatever others save meanwhile. */
export function AgentEditor({ agent, reload }: { agent: Agent; reload: () => Promise<Agent | undefined> }) {
  const change = useChangeAgent(agent.id);
  const [read, setRead] = useState(agent);
  const form = useForm({ defaultValues: agentFields(agent) });
  const take = (known: Agent) => {
    setRead(known);
    form.reset(agentFields(known));
  };
  const submit = form.handleSubmit(fields => {
    const wish = agentChange(fields, read);
    if (wish === null) {
      notify(words.unchanged);
      return;
    }
    change.mutate(wish, {
      onSuccess: ({ agent: saved }) => {
        take(saved);
        notify(words.saved(saved.version));
      },
    });
  });
  const conflict = change.error instanceof ApiError && change.error.code === 'VERSION_CONFLICT';
  const takeTheirs = async () => {
    const theirs = await reload();
    if (!theirs) return;
    take(theirs);
    change.reset();
  };
  return (
    <form noValidate onSubmit={submit} className="grid gap-4">
      <AgentFormFields form={form} permitted={read.vendor?.permitted ?? null} />
      {change.error && (
        <ErrorPart className="max-w-180" what={conflict ? words.conflict : words.saveFailed} error={change.error} />
      )}
      <div className="flex gap-2 border-t pt-4">
        <Button type="submit" look="primary" disabled={change.isPending}>
          {change.isPending ? words.saving : words.save}
        </Button>
        {conflict && <Button onClick={() => void takeTheirs()}>{words.reload}</Button>}
      </div>
    </form>
  );
}

/** Makes an agent of ours from one of the vendor's. */
export function NewAgentForm({ picked }: { picked: { readonly vendor?: string; readonly name?: string } }) {
  const make = useMakeAgent();
  const navigate = useNavigate();
  const form = useForm({
    defaultValues: { ...agentFields(), vendorAgentId: picked.vendor ?? '', name: picked.name ?? '' },
  });
  const submit = form.handleSubmit(fields =>
    make.mutate(newAgent(fields), {
      onSuccess: ({ agent }) => {
        notify(words.made(agent.name));
        void navigate({ to: '/settings/agents/$agentId', params: { agentId: agent.id } });
      },
      onError: error => namesField(error, 'vendorAgentId') && form.setFocus('vendorAgentId'),
    }),
  );
  return (
    <form noValidate onSubmit={submit} className="grid gap-4">
      <AgentFormFields form={form} permitted={null} />
      {make.error && <ErrorPart className="max-w-180" what={words.createFailed} error={make.error} />}
      <div className="flex gap-2 border-t pt-4">
        <Button type="submit" look="primary" disabled={make.isPending}>
          {make.isPending ? words.saving : words.create}
        </Button>
      </div>
    </form>
  );
}
