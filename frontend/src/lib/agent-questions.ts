/** What every session is told of the call itself: nobody types it. */
const toldByServer = ['phone_number', 'call_sid', 'conversation_id', 'campaign_name', 'server_location'];

/** What an agent expects to know and whoever places the call can say. */
export const askedFor = (expected: readonly string[]): string[] =>
  expected.filter(name => !toldByServer.includes(name) && !name.startsWith('system__'));
