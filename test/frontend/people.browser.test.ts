import { browserTest, violations } from './helpers/dashboard.ts';
import { goTo } from './helpers/pages.ts';

browserTest(
  'people come in from a file: columns adjusted, bad rows told, and the same file is asked about',
  async (t, dashboard) => {
    const page = await dashboard.resident('manager', '/contacts');
    await page.getByText('No people yet.').waitFor();
    await page.getByRole('link', { name: 'Import people' }).first().click();
    const csv = 'Mobile;First name;Member no\n(212) 555-0100;Ada;7\ncall me;Bo;8\n+13125550101;Cy;nine\n';
    const file = { name: 'spring.csv', mimeType: 'text/csv', buffer: Buffer.from(csv) };
    await page.getByLabel('File', { exact: true }).setInputFiles(file);

    await page.getByRole('heading', { name: 'spring.csv' }).waitFor();
    t.equal(await page.getByLabel('What Mobile becomes').inputValue(), 'phone');
    await page.getByText('(212) 555-0100 has no +: it is read as a number of United States.').waitFor();
    await page.getByLabel('How Member no is kept').selectOption('Number');
    await page.getByLabel('New list').fill('Spring offer');
    await page.getByRole('button', { name: 'Add list' }).click();
    await page.getByRole('checkbox', { name: 'Spring offer' }).and(page.locator(':checked')).waitFor();
    await page.getByLabel('Tags').fill('spring, fair');
    await page.getByRole('combobox', { name: 'Consent', exact: true }).selectOption('express');
    await page.getByRole('button', { name: 'Start import' }).click();
    await page.getByText('Say where the proof is.').waitFor();
    await page.getByLabel('When they agreed').fill('2026-03-01');
    await page.getByLabel('Where the proof is').fill('form of March');
    t.same(await violations(page), []);
    await page.getByRole('button', { name: 'Start import' }).click();

    const bad = page.getByRole('table', { name: 'Rows that were not taken' });
    await bad.getByRole('row', { name: /3 Mobile call me/ }).waitFor();
    await bad.getByRole('row', { name: /4 Member no nine is not a number/ }).waitFor();
    t.same(await violations(page), []);
    const saving = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Download these rows' }).click();
    t.equal((await saving).suggestedFilename(), 'rows-not-taken.csv');

    await page.getByRole('link', { name: 'See Spring offer' }).click();
    const row = page.getByRole('row', { name: /Ada/ });
    await row.getByText('+1 212 555 0100').waitFor();
    await row.getByText('Agreed').waitFor();
    await page.getByRole('button', { name: 'Columns' }).click();
    await page.getByRole('menuitemcheckbox', { name: 'Tags' }).click();
    await page.keyboard.press('Escape');
    await row.getByText('spring, fair').waitFor();

    await goTo(page, '/contacts/import');
    await page.getByLabel('File', { exact: true }).setInputFiles(file);
    await page.getByText('spring.csv was imported before.').waitFor();
    await page.getByRole('link', { name: 'See that import' }).click();
    await page.getByRole('heading', { name: 'spring.csv' }).waitFor();
    await page.getByRole('link', { name: 'Imports' }).click();
    await page.getByRole('row', { name: /spring\.csv .*Done 3 1 0 2/ }).waitFor();
  },
);

browserTest(
  'a person is added, found, changed, blocked and deleted, with the server’s objections at their fields',
  async (t, dashboard) => {
    const page = await dashboard.resident('manager', '/contacts');
    await page.getByRole('button', { name: 'Add person' }).click();
    const form = page.getByRole('dialog', { name: 'Add person' });
    await form.getByLabel('Telephone number').fill('12');
    await form.getByLabel('First name').fill('Dana');
    await form.getByRole('button', { name: 'Add person' }).click();
    await form.locator('[aria-invalid]').waitFor();
    t.same(await violations(page), []);
    await form.getByLabel('Telephone number').fill('+1 415 555 0123');
    await form.getByLabel('Last name').fill('Sample');
    await form.getByRole('button', { name: 'Add person' }).click();

    await page.getByRole('heading', { name: 'Dana Sample', level: 1 }).waitFor();
    await page.getByText('In no campaign.').waitFor();
    await page.getByText('No calls with this person yet.').waitFor();
    await page.getByRole('button', { name: 'Change' }).click();
    const change = page.getByRole('dialog', { name: 'Change Dana Sample' });
    await change.getByLabel('Time zone').fill('Nowhere/Land');
    await change.getByRole('button', { name: 'Save' }).click();
    await change.getByText(/^Time zone .*\.$/).waitFor();
    await change.getByLabel('Time zone').fill('America/Chicago');
    await change.getByRole('button', { name: 'Add a field' }).click();
    await change.getByLabel('Name of own field 1').fill('Visits');
    await change.getByLabel('Kind of Visits').selectOption('Number');
    await change.getByLabel('Value of Visits').fill('many');
    await change.getByRole('button', { name: 'Save' }).click();
    await change.getByText('Write a number.').waitFor();
    await change.getByLabel('Value of Visits').fill('12');
    await change.getByRole('button', { name: 'Save' }).click();
    await page
      .getByText(/ in Chicago$/)
      .first()
      .waitFor();
    const known = page.getByRole('term').filter({ hasText: /^Visits$/ });
    t.equal(await known.locator('xpath=following-sibling::dd[1]').textContent(), '12', 'a field of their own');

    await page.getByRole('button', { name: 'Note consent' }).click();
    await page.getByRole('dialog').getByLabel('Where the proof is').fill('letter of March');
    await page.getByRole('dialog').getByRole('button', { name: 'Note consent' }).click();
    await page.getByText('Proof: letter of March').waitFor();
    await page.getByRole('button', { name: 'Never call' }).click();
    await page.getByRole('dialog').getByLabel('Reason').fill('asked by e-mail');
    await page.getByRole('dialog').getByRole('button', { name: 'Block number' }).click();
    await page.getByText('On the do-not-call list', { exact: true }).waitFor();
    await page.getByText('Cannot be called now').waitFor();
    t.same(await violations(page), []);

    await goTo(page, '/suppressions?q=%2B14155550123');
    await page.getByRole('row', { name: /\+1 415 555 0123 Dana Sample asked by e-mail/ }).waitFor();
    t.equal(await page.getByRole('button', { name: /Actions for/ }).count(), 0, 'a manager lifts no block');
    const here = page.getByRole('navigation', { name: 'Main' }).locator('[aria-current=page]');
    t.same(await here.allTextContents(), ['Contacts']);

    await goTo(page, '/contacts');
    await page.getByLabel('Beginning of a name, or last digits').fill('dan');
    await page.waitForURL(/q=dan/);
    await page.getByRole('row', { name: /Dana Sample/ }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Delete person' }).click();
    const asking = page.getByRole('alertdialog');
    await asking.getByText('a block on the number stays').waitFor();
    await asking.getByRole('button', { name: 'Delete person' }).click();
    await page.getByRole('heading', { name: 'Contacts' }).waitFor();
    await page.waitForURL(({ pathname }) => pathname === '/contacts');
  },
);

browserTest(
  'lists are made, renamed and deleted; a viewer sees masked people and changes nothing',
  async (t, dashboard) => {
    await dashboard.call('POST', '/api/contacts', {
      token: dashboard.token,
      body: { phone: '+16175550142', name: 'Eva Example', language: 'es' },
    });
    const page = await dashboard.resident('manager', '/contacts/lists');
    await page.getByRole('button', { name: 'New list' }).click();
    await page.getByRole('dialog').getByLabel('Name').fill('Members');
    await page.getByRole('dialog').getByRole('button', { name: 'Make list' }).click();
    await page.getByRole('row', { name: /Members 0 people|Members – 0 people/ }).waitFor();
    await page.getByRole('button', { name: 'Actions for Members' }).click();
    await page.getByRole('menuitem', { name: 'Change' }).click();
    await page.getByRole('dialog').getByLabel('Name').fill('Old members');
    await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
    await page.getByRole('button', { name: 'Actions for Old members' }).click();
    await page.getByRole('menuitem', { name: 'Delete' }).click();
    await page.getByRole('alertdialog').getByText('0 people stay, without this list.').waitFor();
    await page.getByRole('alertdialog').getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('button', { name: 'Actions for Old members' }).waitFor({ state: 'detached' });

    const viewer = await dashboard.visitAs(await dashboard.addUser('viewer'), '/contacts?language=es', {
      viewport: { width: 390, height: 844 },
    });
    await viewer.getByRole('link', { name: 'Open +1 ••• ••42' }).click();
    await viewer.getByRole('heading', { name: '+1 ••• ••42' }).waitFor();
    t.notMatch(await viewer.content(), /Eva|555 ?0142/);
    for (const name of ['Call', 'Change', 'Never call', 'Delete person', 'Note consent'])
      t.equal(await viewer.getByRole('button', { name, exact: true }).count(), 0, name);
    t.same(await violations(viewer), []);
    await viewer.getByRole('navigation', { name: 'Main' }).getByRole('button', { name: 'More' }).click();
    await viewer.getByRole('menuitem', { name: 'Settings' }).waitFor();
    await goTo(viewer, '/contacts/import');
    await viewer.getByRole('heading', { name: 'You cannot open Import people' }).waitFor();
  },
);
