// Makes the spoken clips of scenario files with espeak-ng and sox:  node scripts/sandbox/make-clips.mjs [FILE.yaml …]
// Without a file it makes those of the demo, and what the product itself says (media/). Clips that exist already stay as they are, those that no file needs any more go.
// A scenario file elsewhere names the folder for its clips itself (`clips: [./clips]`).
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

const dataFolder = fileURLToPath(new URL('../../sandbox-data/', import.meta.url));
const mediaFolder = fileURLToPath(new URL('../../media/', import.meta.url));
const frameBytes = 160;
const silence = 0xff;

const voices = {
  ava: ['-v', 'en-us+f3', '-s', '178', '-p', '52'],
  ben: ['-v', 'en-us+m3', '-s', '178', '-p', '42'],
  cleo: ['-v', 'en-gb-x-rp+f2', '-s', '180', '-p', '58'],
  maria: ['-v', 'en-us+f4', '-s', '170', '-p', '60'],
  james: ['-v', 'en-us+m1', '-s', '165', '-p', '35'],
  ruth: ['-v', 'en-gb+f5', '-s', '160', '-p', '45'],
  dan: ['-v', 'en-us+m4', '-s', '175', '-p', '48'],
  lena: ['-v', 'en-gb+f1', '-s', '172', '-p', '62'],
  walter: ['-v', 'en-gb-scotland+m5', '-s', '168', '-p', '32'],
  stranger: ['-v', 'en-us+m2', '-s', '165', '-p', '40'],
};

/** What somebody with an unassigned number says; the first one is the greeting. */
const strangerLines = [
  'Hello, who is calling?',
  'I see. That sounds interesting.',
  'Well, I would have to think about it.',
  'Could you tell me a little more?',
];

/** What the product says itself when there is no agent to say it; `media/<name>.ulaw`. */
const announcements = {
  apology: ['ava', 'We are sorry, we cannot continue this call right now. Please try again later. Goodbye.'],
};

function sentencesOf(scenario) {
  const agents = new Map((scenario.agents ?? []).map(agent => [agent.id, agent]));
  const found = [];
  for (const agent of agents.values()) {
    for (const text of [agent.firstMessage, agent.otherwise, agent.farewell]) found.push([agent.voice, text]);
  }
  for (const person of scenario.people) {
    const voice = person.voice ?? 'maria';
    const agentVoice = agents.get(person.agent)?.voice ?? 'ava';
    for (const text of [person.greets, person.announcement]) if (text) found.push([voice, text]);
    for (const line of person.script ?? []) {
      if (line.says) found.push([line.voice ?? voice, line.says]);
      if (!line.agent) continue;
      found.push([agentVoice, line.agent]);
      for (const tool of line.tools ?? []) if (tool.onError) found.push([agentVoice, tool.onError]);
    }
  }
  return found;
}

function idOf(voice, text) {
  const words = text
    .toLowerCase()
    .replace(/[^a-z0-9 ]/g, '')
    .split(' ')
    .filter(Boolean)
    .slice(0, 4)
    .join('-');
  return `${voice}-${words}-${createHash('sha256').update(`${voice}\n${text}`).digest('hex').slice(0, 6)}`;
}

/** Speaks a sentence, evens out its volume, cuts the silence around it and fills up the last frame. */
function speak(voice, text, scratch) {
  const settings = voices[voice];
  if (!settings) throw new Error(`the voice ${voice} is not one of ${Object.keys(voices).join(', ')}`);
  const spoken = join(scratch, 'spoken.wav');
  const raw = join(scratch, 'clip.ulaw');
  execFileSync('espeak-ng', [...settings, '-w', spoken, text]);
  const trim = ['silence', '1', '0.01', '1%', 'reverse', 'silence', '1', '0.01', '1%', 'reverse'];
  // Without -R the random dither would give other bytes every time.
  execFileSync('sox', [
    '-R',
    spoken,
    '-r',
    '8000',
    '-c',
    '1',
    '-e',
    'mu-law',
    '-t',
    'raw',
    raw,
    ...trim,
    'gain',
    '-n',
    '-5',
  ]);
  const audio = readFileSync(raw);
  const padding = (frameBytes - (audio.length % frameBytes)) % frameBytes;
  return Buffer.concat([audio, Buffer.alloc(padding, silence)]);
}

function makeClips(folder, sentences) {
  mkdirSync(folder, { recursive: true });
  const scratch = mkdtempSync(join(tmpdir(), 'clips-'));
  const entries = new Map();
  let made = 0;
  try {
    for (const [voice, text] of sentences) {
      const id = idOf(voice, text);
      if (entries.has(id)) continue;
      const file = `${id}.ulaw`;
      if (!existsSync(join(folder, file))) {
        writeFileSync(join(folder, file), speak(voice, text, scratch));
        made += 1;
      }
      const audio = readFileSync(join(folder, file));
      const sha256 = createHash('sha256').update(audio).digest('hex');
      entries.set(id, { id, text, voice, file, durationMs: audio.length / 8, sha256 });
    }
  } finally {
    rmSync(scratch, { recursive: true });
  }
  for (const file of readdirSync(folder)) {
    if (file.endsWith('.ulaw') && !entries.has(file.slice(0, -5))) rmSync(join(folder, file));
  }
  writeFileSync(join(folder, 'manifest.json'), `${JSON.stringify({ clips: [...entries.values()] }, null, 2)}\n`);
  const seconds = [...entries.values()].reduce((sum, entry) => sum + entry.durationMs, 0) / 1000;
  console.log(`${folder}: ${entries.size} clips, ${made} of them new, ${seconds.toFixed(0)} s`);
}

function makeAnnouncements() {
  const scratch = mkdtempSync(join(tmpdir(), 'clips-'));
  try {
    for (const [name, [voice, text]] of Object.entries(announcements)) {
      const file = join(mediaFolder, `${name}.ulaw`);
      if (!existsSync(file)) writeFileSync(file, speak(voice, text, scratch));
    }
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

const files = process.argv.slice(2);
if (files.length === 0) makeAnnouncements();
if (files.length === 0) {
  const scenario = parse(readFileSync(join(dataFolder, 'scenarios', 'demo.yaml'), 'utf8'));
  makeClips(join(dataFolder, 'clips'), [...strangerLines.map(text => ['stranger', text]), ...sentencesOf(scenario)]);
}
for (const file of files) {
  const scenario = parse(readFileSync(file, 'utf8'));
  const [folder] = scenario.clips ?? [];
  if (!folder) throw new Error(`${file}: say where its clips go, for instance  clips: [./clips]`);
  makeClips(resolve(dirname(file), folder), sentencesOf(scenario));
}
