import { test } from 'tap';
import {
  callVariables,
  missingVariables,
  standardVariables,
  variableProblems,
} from '../../src/calls/call-variables.ts';

const call = { callId: '65f000000000000000000001', callSid: null, phone: '+12125550100' };

test('every standard variable exists, as an empty text where it has no value', async t => {
  const values = callVariables(call);
  t.same(Object.keys(values).sort(), [...standardVariables].sort());
  t.match(values, { phone_number: '+12125550100', conversation_id: call.callId, call_sid: '', caller_name: '' });
  t.equal(callVariables({ ...call, phone: null })['phone_number'], '', 'a withheld number');
});

test('contact and request add names and replace the two names, in this order, and never an id', async t => {
  const contactFields = { plan: 'basic', colour: 'red', caller_name: 'Ada', call_sid: 'CA-not-ours' };
  const requested = { plan: 'gold', company_name: 'Northwind', conversation_id: 'other', phone_number: '+1' };
  const values = callVariables({ ...call, callSid: 'CA1', companyName: 'Seller', contactFields, requested });
  t.match(values, { plan: 'gold', colour: 'red', caller_name: 'Ada', company_name: 'Northwind' });
  t.match(values, { call_sid: 'CA1', conversation_id: call.callId, phone_number: '+12125550100' });
});

test('what an agent expects and nobody supplies is named', async t => {
  const values = callVariables({ ...call, requested: { plan: 'gold' } });
  t.same(missingVariables(['caller_name', 'plan', 'doctor', 'toString'], values), ['doctor', 'toString']);
});

test("a request's variables are bounded, and each problem names its field", async t => {
  t.same(variableProblems({ plan: 'gold', seats: 3, urgent: true, caller_name: 'Ada', Über: 'x' }), [
    { field: 'variables', problem: 'must be named by a letter and at most 63 letters, digits or underscores' },
  ]);
  const bad: [string, unknown, RegExp][] = [
    ['call_sid', 'CA1', /cannot be replaced/],
    ['phone_number', '+1', /cannot be replaced/],
    ['campaign_name', 'x', /cannot be replaced/],
    ['system__time', 'x', /system__/],
    ['constructor', 'x', /cannot be used/],
    ['plan', null, /must be a text/],
    ['plan', { deep: 1 }, /must be a text/],
    ['plan', Number.NaN, /finite/],
    ['plan', 'x'.repeat(2001), /at most 2000/],
  ];
  for (const [name, value, problem] of bad) {
    t.match(variableProblems({ [name]: value }), [{ field: `variables.${name}`, problem }], name);
  }
  t.match(variableProblems(JSON.parse('{"__proto__": "x"}')), [{ problem: /named by a letter/ }]);
  t.match(variableProblems({ 'a.b': 1, $where: 1 }), [{ field: 'variables' }, { field: 'variables' }]);
  const many = Object.fromEntries(Array.from({ length: 51 }, (_, index) => [`v${index}`, 1]));
  t.match(variableProblems(many), [{ problem: /at most 50/ }]);
  const long = Object.fromEntries(Array.from({ length: 9 }, (_, index) => [`v${index}`, 'x'.repeat(2000)]));
  t.match(variableProblems(long), [{ problem: /16000 characters in all/ }]);
});
