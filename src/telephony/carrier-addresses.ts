import type { PublicAddress } from '../public-address.ts';

/**
 * Every address that the carrier is told: callbacks, documents, streams. Nothing else builds one, so what is signed, what is
 * checked and what a number points at cannot differ.
 */
export interface CarrierAddresses {
  /** Asked when the person answers a call of ours. */
  outboundTwiml(callId: string): string;
  /** Asked when somebody calls a number of ours; with a call's id, asked again by a document of that call. */
  voice(callId?: string): string;
  /** Asked when a call's media stream is over. */
  streamEnded(callId: string): string;
  /** Asked when the documents above cannot be had. */
  fallback(callId?: string): string;
  callStatus(callId?: string): string;
  amdStatus(callId: string): string;
  recordingStatus(callId: string): string;
  streamStatus(callId: string): string;
  relayEnded(callId: string): string;
  /** Asked when a call that was passed on is over, or could not be passed on. */
  transferEnded(callId: string): string;
  /** Asked for what is said to whoever takes a call that is passed on. */
  transferAnnouncement(callId: string): string;
  transferTold(callId: string): string;
  transferStatus(callId: string): string;
  /** Without a query, which the carrier would drop: what a stream must know goes into its parameters. */
  mediaStream(): string;
  conversationRelay(): string;
}

/**
 * Instructions to the carrier that stand in the fragment, which is neither sent nor signed. By default it repeats nothing but
 * a failed connection, and a status callback that met a restarting process would be lost: here it asks again, also on 5xx.
 */
const repeatCallback = '#rc=3&rp=ct,rt,5xx&ct=3000&rt=4000';
/** A person waits for a document, so what fails is asked again at once, maybe of another process. */
const repeatDocument = '#rc=2&rp=ct,5xx&ct=3000';

/** Addresses are built when asked for: in the sandbox the port is known only once the server listens. */
export function createCarrierAddresses({ http, ws }: PublicAddress): CarrierAddresses {
  const ofCall = (path: string, callId: string | undefined, fragment: string) =>
    http(callId === undefined ? path : `${path}?${new URLSearchParams({ attempt: callId })}`) + fragment;
  return {
    outboundTwiml: callId => ofCall('/outbound-call-twiml', callId, repeatDocument),
    voice: callId => ofCall('/voice', callId, repeatDocument),
    streamEnded: callId => ofCall('/stream-ended', callId, repeatDocument),
    fallback: callId => ofCall('/fallback-twiml', callId, repeatDocument),
    callStatus: callId => ofCall('/call-status-callback', callId, repeatCallback),
    amdStatus: callId => ofCall('/amd-status-callback', callId, repeatCallback),
    recordingStatus: callId => ofCall('/recording-status-callback', callId, repeatCallback),
    streamStatus: callId => ofCall('/stream-status-callback', callId, repeatCallback),
    relayEnded: callId => ofCall('/relay-ended', callId, repeatDocument),
    transferEnded: callId => ofCall('/transfer-ended', callId, repeatDocument),
    transferAnnouncement: callId => ofCall('/transfer-announcement', callId, repeatDocument),
    transferTold: callId => ofCall('/transfer-told', callId, repeatDocument),
    transferStatus: callId => ofCall('/transfer-status-callback', callId, repeatCallback),
    mediaStream: () => ws('/media-stream'),
    conversationRelay: () => ws('/conversation-relay'),
  };
}
