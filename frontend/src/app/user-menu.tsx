import { Menu } from '@base-ui/react/menu';
import { useNavigate } from '@tanstack/react-router';
import { Check, ChevronsUpDown, CircleUser, Keyboard, KeyRound, LogOut, type LucideIcon, MonitorX } from 'lucide-react';
import type { ReactNode } from 'react';
import { session } from '../lib/browser-session.ts';
import { may } from '../lib/permissions.ts';
import { type Density, preferences, setPreference, type Theme } from '../lib/preferences.ts';
import { useStore } from '../lib/use-store.ts';
import { useUser } from '../lib/use-user.ts';
import { chime } from '../lib/voice/chime.ts';
import { text } from '../strings/en.ts';
import { settingsPages } from './pages.ts';

export type FrameDialog = 'keys' | 'sign-out-everywhere' | 'sign-out-failed';

const itemStyle =
  'flex min-h-8 cursor-default items-center gap-2.5 px-3 text-body outline-none data-highlighted:bg-hover pointer-coarse:min-h-11';

/** Who is signed in, how the dashboard looks on this device, and the ways out. */
export function UserMenu({
  place,
  tabClass,
  onDialog,
  pages = [],
}: {
  place: 'wide' | 'rail' | 'tab';
  tabClass?: string;
  onDialog: (dialog: FrameDialog) => void;
  /** Pages that have no tab of their own. */
  pages?: readonly { readonly path: string; readonly label: string; readonly icon: LucideIcon }[];
}) {
  const user = useUser();
  const { theme, density, letterKeys, chime: sounds, wallDisplay } = useStore(preferences);
  const hears = may(user, 'calls:read');
  const navigate = useNavigate();
  const role = text.roles[user.role] ?? user.role;

  return (
    <Menu.Root>
      <Menu.Trigger
        aria-label={place === 'rail' ? text.menu.label(user.email) : undefined}
        className={
          place === 'tab'
            ? tabClass
            : 'flex min-h-9 w-full items-center justify-center gap-3 rounded-control py-1 text-text-2 hover:bg-hover hover:text-text desk:justify-start desk:px-3'
        }
      >
        <CircleUser
          aria-hidden="true"
          className={place === 'tab' ? 'size-5' : 'size-4.5 shrink-0'}
          strokeWidth={1.75}
        />
        {place === 'tab' && (
          <span>
            {text.menu.short}
            <span className="visually-hidden">, {text.menu.label(user.email)}</span>
          </span>
        )}
        {place === 'wide' && (
          <>
            <span className="visually-hidden">{text.menu.opens}</span>
            <span className="min-w-0 flex-1 text-left">
              <span className="block truncate font-medium text-table text-text">{user.email}</span>
              <span className="block text-label">{role}</span>
            </span>
            <ChevronsUpDown aria-hidden="true" className="size-3.5 shrink-0 text-text-3" />
          </>
        )}
      </Menu.Trigger>
      <Menu.Portal>
        <Menu.Positioner side="top" align="start" sideOffset={6} collisionPadding={8} className="z-40">
          <Menu.Popup className="layer-motion max-h-(--available-height) w-60 overflow-y-auto rounded-panel border bg-raised py-1.5 shadow-layer outline-none">
            <div className="border-b px-3 pt-1 pb-2.5">
              <p className="truncate font-medium">{user.email}</p>
              <p className="text-label text-text-2">{role}</p>
            </div>
            {pages.length > 0 && (
              <>
                {pages.map(({ path, label, icon: Icon }) => (
                  <Menu.Item key={path} className={itemStyle} onClick={() => navigate({ to: path })}>
                    <Icon aria-hidden="true" className="size-4 text-text-3" />
                    {label}
                  </Menu.Item>
                ))}
                <Separator />
              </>
            )}
            <Choice
              label={text.menu.theme}
              value={theme}
              names={text.menu.themes}
              onChange={value => setPreference('theme', value as Theme)}
            />
            <Choice
              label={text.menu.density}
              value={density}
              names={text.menu.densities}
              onChange={value => setPreference('density', value as Density)}
            />
            <Separator />
            <Switch label={text.menu.letterKeys} on={letterKeys} onChange={on => setPreference('letterKeys', on)} />
            {hears && (
              <Switch
                label={text.menu.chime}
                on={sounds}
                onChange={on => {
                  setPreference('chime', on);
                  if (on) chime();
                }}
              />
            )}
            {hears && (
              <Switch
                label={text.menu.wallDisplay}
                on={wallDisplay}
                onChange={on => setPreference('wallDisplay', on)}
              />
            )}
            <Menu.Item className={itemStyle} onClick={() => onDialog('keys')}>
              <Keyboard aria-hidden="true" className="size-4 text-text-3" />
              {text.menu.keyList}
            </Menu.Item>
            <Separator />
            <Menu.Item className={itemStyle} onClick={() => navigate({ to: settingsPages.account.path })}>
              <KeyRound aria-hidden="true" className="size-4 text-text-3" />
              {text.menu.changePassword}
            </Menu.Item>
            <Menu.Item
              className={itemStyle}
              onClick={() => session.signOut(false).catch(() => onDialog('sign-out-failed'))}
            >
              <LogOut aria-hidden="true" className="size-4 text-text-3" />
              {text.menu.signOut}
            </Menu.Item>
            <Menu.Item className={itemStyle} onClick={() => onDialog('sign-out-everywhere')}>
              <MonitorX aria-hidden="true" className="size-4 text-text-3" />
              {text.menu.signOutEverywhere}
            </Menu.Item>
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  );
}

function Switch({ label, on, onChange }: { label: string; on: boolean; onChange: (on: boolean) => void }) {
  return (
    <Menu.CheckboxItem checked={on} onCheckedChange={onChange} className={itemStyle}>
      <Indicator>
        <Menu.CheckboxItemIndicator render={<Check className="size-4" />} />
      </Indicator>
      {label}
    </Menu.CheckboxItem>
  );
}

function Choice({
  label,
  value,
  names,
  onChange,
}: {
  label: string;
  value: string;
  names: Record<string, string>;
  onChange: (value: string) => void;
}) {
  return (
    <Menu.Group className="pt-2">
      <Menu.GroupLabel className="px-3 pb-0.5 font-medium text-label text-text-3">{label}</Menu.GroupLabel>
      <Menu.RadioGroup value={value} onValueChange={onChange}>
        {Object.entries(names).map(([name, words]) => (
          <Menu.RadioItem key={name} value={name} closeOnClick={false} className={itemStyle}>
            <Indicator>
              <Menu.RadioItemIndicator render={<Check className="size-4" />} />
            </Indicator>
            {words}
          </Menu.RadioItem>
        ))}
      </Menu.RadioGroup>
    </Menu.Group>
  );
}

const Indicator = ({ children }: { children: ReactNode }) => (
  <span aria-hidden="true" className="grid size-4 place-items-center text-accent">
    {children}
  </span>
);

const Separator = () => <Menu.Separator className="my-1.5 border-t" />;
