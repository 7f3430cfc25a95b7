import { createStore } from './store.ts';

export type Urgency = 'polite' | 'assertive';
export type Announcement = { text: string; urgency: Urgency; serial: number; visible: boolean };

/** The last thing said; Announcer speaks it, and shows it when it is the result of the user's own action. */
export const announcements = createStore<Announcement | null>(null);

let serial = 0;

/** Speaks a sentence to screen readers only. */
export function announce(sentence: string, urgency: Urgency = 'polite'): void {
  announcements.set({ text: sentence, urgency, serial: ++serial, visible: false });
}

/** Reports the result of the user's own action, for eye and ear. Never for an error that needs action: those stay in the page. */
export function notify(sentence: string): void {
  announcements.set({ text: sentence, urgency: 'polite', serial: ++serial, visible: true });
}
