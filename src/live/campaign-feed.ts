import '../campaigns/campaigns-events.ts';
import type { Events } from '../events.ts';
import type { FanOut } from './fan-out.ts';

export interface CampaignFeedOptions {
  readonly events: Pick<Events, 'on'>;
  readonly fanOut: FanOut;
  readonly now: () => Date;
}

/** Turns what happens on campaigns into events for those who watch them; nothing of it names a person. Returns the way to stop it. */
export function createCampaignFeed({ events, fanOut, now }: CampaignFeedOptions): () => void {
  const stamp = (seq: number) => ({ seq, at: now().toISOString() });
  const stopListening = [
    events.on('campaigns.changed', ({ campaignId, seq, campaign, fields }) =>
      fanOut.send(`campaign:${campaignId}`, 'campaign:status', { ...stamp(seq), campaignId, campaign, fields }),
    ),
    events.on('campaigns.progressed', ({ campaignId, seq, stats }) =>
      fanOut.send(`campaign:${campaignId}`, 'campaign:progress', { ...stamp(seq), campaignId, stats }),
    ),
    events.on('campaigns.noted', ({ campaignId, entry }) =>
      fanOut.send(`campaign:${campaignId}`, 'campaign:event', { campaignId, entry }),
    ),
  ];
  return () => {
    for (const stop of stopListening) stop();
  };
}
