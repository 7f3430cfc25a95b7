import { test } from 'tap';
import { isPublic, publicLookup, urlProblem } from '../../src/hooks/safe-address.ts';

test('addresses of the open Internet are told from all others', t => {
  for (const open of ['93.184.216.34', '2606:2800:220:1:248:1893:25c8:1946']) t.ok(isPublic(open), open);
  const closed = [
    ...['127.0.0.1', '10.1.2.3', '172.16.0.1', '192.168.1.1', '169.254.169.254', '0.0.0.0', '100.64.0.1', '224.0.0.1'],
    ...['255.255.255.255', '192.0.2.1', '198.18.0.1', '240.0.0.1'],
    ...['::1', '::', 'fe80::1', 'fd00::1', 'ff02::1', '2001:db8::1'],
    // IPv4 inside IPv6: mapped, 6to4, NAT64.
    ...['::ffff:127.0.0.1', '::ffff:10.0.0.1', '2002:7f00:1::', '64:ff9b::7f00:1'],
    'nonsense',
  ];
  for (const address of closed) t.notOk(isPublic(address), address);
  t.end();
});

test('an address that cannot be meant is refused in words, when it is entered', t => {
  const refused: [string, RegExp][] = [
    ['nonsense', /no web address/],
    ['ftp://example.com/', /https/],
    ['http://example.com/', /https/],
    ['https://user:pw@example.com/', /user or a password/],
    ['https://example.com/#x', /#/],
    ['https://localhost/', /private network/],
    ['https://printer/', /private network/],
    ['https://a.internal/', /private network/],
    ['https://127.0.0.1/', /private network/],
    ['https://2130706433/', /private network/],
    ['https://0x7f.1/', /private network/],
    ['https://[::1]/', /private network/],
    ['https://[::ffff:10.0.0.1]/', /private network/],
    ['https://169.254.169.254/latest/meta-data', /private network/],
  ];
  for (const [url, words] of refused) t.match(urlProblem(url, false), words, url);
  t.equal(urlProblem('https://crm.example.com/parley?x=1', false), undefined);
  t.equal(urlProblem('http://127.0.0.1:9000/', true), undefined, 'unless that is allowed');
  t.end();
});

test('a name that leads into a private network is refused when it is connected to', t => {
  publicLookup('localhost', {}, error => {
    t.match(error, { name: 'PrivateAddressError' });
    t.end();
  });
});
