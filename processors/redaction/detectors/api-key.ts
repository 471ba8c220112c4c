import { isDigit, startsWord } from '../bytes.ts';
import type { Detector } from '../detector.ts';
import { matchEnd } from '../detector.ts';
import { groupEnd, groupStart } from '../number-run.ts';
import type { KeyFamily } from './key-family.ts';
import { cloudKeys } from './key-families/clouds.ts';
import { codeHostingKeys } from './key-families/code-hosting.ts';
import { modelProviderKeys } from './key-families/model-providers.ts';
import { serviceKeys } from './key-families/services.ts';
import { entropy, isRandom } from './randomness.ts';

const telegram = /\d{8,10}:AA[\w-]{33}(?![\w-])/y;

/** Bot tokens of Telegram: the bot's number stands in front of what marks them. */
export const telegramToken: Detector = {
  gate: { kind: 'literal', literals: [':AA'] },
  find({ bytes, text }, at, report) {
    let start = at;
    while (at - start < 10 && isDigit(bytes[start - 1])) start--;
    if (start === at || !startsWord(bytes, start)) return;
    const end = matchEnd(telegram, text, start);
    if (end >= 0) report('api_key', start, end);
  },
};

const discord = /[MNO][\w-]{23,27}\.[\w-]{6}\.[\w-]{27,110}(?![\w-])/y;

/** Two digits at the start of a user's number leave so many beginnings in base64. */
const discordOpenings = Array.from({ length: 90 }, (_, index) =>
  Buffer.from(`${index + 10}0`)
    .toString('base64')
    .slice(0, 3),
);

/** Bot tokens of Discord: the bot's number in base64, a time, a signature. */
export const discordToken: Detector = {
  gate: { kind: 'literal', literals: discordOpenings },
  find({ bytes, text }, at, report) {
    if (!startsWord(bytes, at)) return;
    const end = matchEnd(discord, text, at);
    if (end >= 0) report('api_key', at, end);
  },
};

const facebook = /(?:\||%7C)[\w-]{27,40}(?![\w-])/y;

/** App tokens of Facebook: the app's number, a stroke, a secret. */
export const facebookToken: Detector = {
  gate: { kind: 'number', lengths: [15, 16] },
  find({ bytes, text, run }, group, report) {
    const start = groupStart(run, group);
    const end = matchEnd(facebook, text, groupEnd(run, group));
    if (end >= 0 && startsWord(bytes, start) && isRandom(text.slice(start, end), 3.5)) {
      report('api_key', start, end);
    }
  },
};

/** One detector a family of API keys and tokens; what follows must not be of the token's alphabet. */
export const apiKeys: readonly Detector[] = [
  ...modelProviderKeys,
  ...cloudKeys,
  ...codeHostingKeys,
  ...serviceKeys,
].map(createKeyDetector);

/** What placeholders such as `xxxx` stay below and hex digits reach. */
const leastEntropy = 2.6;

function createKeyDetector(family: KeyFamily): Detector {
  const pattern = new RegExp(`${family.pattern}(?![\\w-])`, 'y');
  const { lead = 0, minEntropy } = family;
  return {
    gate: { kind: 'literal', literals: family.literals },
    find({ bytes, text }, at, report) {
      const start = at - lead;
      if (start < 0 || !startsWord(bytes, start)) return;
      const end = matchEnd(pattern, text, start);
      if (end < 0) return;
      const key = text.slice(start, end);
      const isKey =
        minEntropy === undefined ? entropy(key) >= leastEntropy : isRandom(key, minEntropy);
      if (isKey) report('api_key', start, end);
    },
  };
}
