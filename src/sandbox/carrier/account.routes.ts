import type { FastifyInstance } from 'fastify';
import { listPage } from './list-page.ts';
import { callerIdResource, type NumberBook, numberResource, type OwnNumber, updateNumber } from './number-book.ts';
import { accountPath } from './rest-resources.ts';
import { type RestContext, restPath } from './rest-server.ts';
import { rfc2822 } from './twilio-dates.ts';
import { TwilioError } from './twilio-errors.ts';

type SidParams = { Params: { sid: string } };

/** What setting up and preflight read and write: the account, its balance, numbers and verified caller ids. */
export function registerAccountRoutes(app: FastifyInstance, context: RestContext, numbers: NumberBook): void {
  const { core } = context;
  const openedAt = core.clock.now();
  const account = accountPath(core.accountSid);

  app.get(`${account}.json`, async () => ({
    sid: core.accountSid,
    owner_account_sid: core.accountSid,
    friendly_name: 'Carrier twin',
    status: 'active',
    type: 'Full',
    auth_token: core.authToken,
    date_created: rfc2822(openedAt),
    date_updated: rfc2822(openedAt),
    uri: `${account}.json`,
    subresource_uris: { calls: `${account}/Calls.json`, recordings: `${account}/Recordings.json` },
  }));
  app.get(`${account}/Balance.json`, async () => ({
    account_sid: core.accountSid,
    balance: '100.00',
    currency: 'USD',
  }));

  const find = (sid: string): OwnNumber => {
    const number = numbers.bySid(sid);
    if (!number) throw new TwilioError(20404, `IncomingPhoneNumbers/${sid.slice(0, 40)}.json`);
    return number;
  };
  const matching = (query: URLSearchParams) => {
    const phone = query.get('PhoneNumber');
    const name = query.get('FriendlyName');
    return numbers
      .list()
      .filter(number => (!phone || matchesPattern(number.phone, phone)) && (!name || number.friendlyName === name));
  };
  const numbersPath = `${account}/IncomingPhoneNumbers.json`;
  app.get(numbersPath, async request => {
    const query = context.query(request);
    return listPage('incoming_phone_numbers', matching(query), numbersPath, query, number =>
      numberResource(number, core.accountSid),
    );
  });
  app.get<SidParams>(restPath(core, 'IncomingPhoneNumbers/:sid.json'), async request =>
    numberResource(find(request.params.sid), core.accountSid),
  );
  app.post<SidParams>(restPath(core, 'IncomingPhoneNumbers/:sid.json'), async request => {
    const number = find(request.params.sid);
    const { unknown } = updateNumber(number, context.form(request), core.clock.now());
    context.complain(unknown, 'update a number');
    return numberResource(number, core.accountSid);
  });

  const callerIdsPath = `${account}/OutgoingCallerIds.json`;
  app.get(callerIdsPath, async request => {
    const query = context.query(request);
    return listPage('outgoing_caller_ids', matching(query), callerIdsPath, query, number =>
      callerIdResource(number, core.accountSid),
    );
  });
  app.get<SidParams>(restPath(core, 'OutgoingCallerIds/:sid.json'), async request =>
    callerIdResource(find(request.params.sid), core.accountSid),
  );
}

/** Twilio's number patterns: a star stands for any one digit, and a part of a number is enough. */
function matchesPattern(phone: string, pattern: string): boolean {
  const source = pattern.replace(/[^0-9*]/g, '').replaceAll('*', '\\d');
  return new RegExp(source).test(phone);
}
