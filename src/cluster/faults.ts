/** @file What Redis and the way to it can refuse, in one sentence each. */

import { ToolkitError } from '../core/index.js';

const SILENT = 'does not answer';
const HANGS_UP = 'hangs up';

/** By the beginning of what Redis answers, or the code of the connection: rule and hint. */
const FAULTS: readonly (readonly [RegExp, string, string])[] = [
  [/WRONGPASS|invalid (?:username-password|password)/i, 'the user name and the password must be right', ''],
  [/NOAUTH/, 'asks for a password', 'Give it in the environment, as LRNN_REDIS_PASSWORD.'],
  [/NOPERM/, 'must allow its user the keys lrnn:* and all commands on them', ''],
  [/^OOM|maxmemory/, 'is full', 'Give it more memory (maxmemory), or take away what others keep there.'],
  [/^LOADING/, 'is still reading its data', 'Try again in a moment.'],
  [/^READONLY/, 'is a replica that takes no writes', 'Name its primary.'],
  [/^MISCONF/, 'cannot write to its disk, and takes nothing until it can', ''],
  [
    /could not renew lock|Missing (?:lock|key) for job|Lock mismatch for job|is not in the active state/i,
    'counts folds under way here as lost: for longer than --lock it took no word of this worker, or it has lost its data',
    'What of them was not kept is fitted again, here or elsewhere.',
  ],
  [/DB index is out of range/, 'has no database of that number', ''],
  [/ENOTFOUND|EAI_AGAIN/, 'has a name that no server answers for', ''],
  [/ECONNREFUSED/, 'must be running: nothing listens there', ''],
  [/ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|timed out|socket timeout/i, SILENT, 'Is a firewall in between?'],
  [
    /SELF_SIGNED|self.signed|UNABLE_TO_|unable to (?:verify|get)|CERT_|ALTNAME|certificate/i,
    'must show a certificate for its name that this machine trusts',
    'NODE_EXTRA_CA_CERTS names a file with more authorities.',
  ],
  [/wrong version number|ERR_SSL|EPROTO|packet length/i, 'does not speak TLS', 'Use redis:// instead of rediss://.'],
  // A server that waits for TLS hangs up on whoever does not begin with it.
  [/ECONNRESET|EPIPE|Connection is closed|socket/i, HANGS_UP, 'If it speaks TLS, use rediss:// instead of redis://.'],
];

/** Says what is wrong with the Redis at `address`; an error that is a sentence already stays as it is. */
export function redisFault(error: unknown, address: string): ToolkitError {
  if (error instanceof ToolkitError) return error;
  const { code = '', message = String(error) } = (error ?? {}) as { code?: string; message?: string };
  const said = `${code} ${message}`.trim();
  const known = FAULTS.find(([pattern]) => pattern.test(message) || pattern.test(code));
  const [, rule, hint] = known ?? [null, `must work: ${said}`, ''];
  // A server that does not speak TLS waits for the rest of what it takes for a command, or hangs up.
  const isSilent = address.startsWith('rediss:') && (rule === SILENT || rule === HANGS_UP);
  const advice = isSilent ? 'Does it speak TLS? If not, use redis:// instead of rediss://.' : hint;
  const parts = { where: address, rule, ...(advice === '' ? {} : { hint: advice }) };
  return new ToolkitError('state', parts, { cause: error });
}

/** Passes when somebody makes room. */
export function isFull(error: unknown): boolean {
  return error instanceof Error && /^OOM|maxmemory/.test(error.message);
}

/** A pipeline throws nothing: what is refused lies among its answers. */
export function requireDone(answers: readonly (readonly [Error | null, unknown])[] | null): void {
  const refused = answers?.find(([error]) => error !== null);
  if (refused) throw refused[0]!;
}

/** Why a study is given up whose Redis stays away. */
export function goneFor(fault: ToolkitError | null, lostMs: number): ToolkitError {
  const { where = 'redis', rule = 'is gone' } = fault?.parts ?? {};
  const hint = 'The study is kept: go on with --resume when Redis is back.';
  return new ToolkitError('state', { where, rule: `${rule}, for ${Math.round(lostMs / 1000)} s now`, hint });
}
