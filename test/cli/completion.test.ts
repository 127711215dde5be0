import { spawnSync } from 'node:child_process';

import { expect } from 'chai';

import type { Shell } from '../../src/cli/commands.js';
import { COMMAND_NAMES, SHELLS } from '../../src/cli/commands.js';
import { completionScript } from '../../src/cli/completion.js';
import { COMMANDS } from '../../src/cli/options.js';
import { runCommand } from '../../src/cli/run-command.js';
import { fakeCommands, fakeTerminal } from './support/terminal.js';

const has = (shell: Shell): boolean => spawnSync(shell, ['-c', 'true']).status === 0;

/** What a shell offers for a line of words; the last one is being typed. */
function offered(shell: Shell, words: readonly string[]): string[] {
  const script = completionScript(shell);
  if (shell === 'fish') {
    const { stdout } = spawnSync('fish', ['--no-config', '-c', `${script}\ncomplete -C '${words.join(' ')}'`], {
      encoding: 'utf8',
    });
    return stdout.split('\n').map((line) => line.split('\t')[0]);
  }
  const line = `COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}`;
  const bash = `${script}\n${line}\n_lrnn; printf '%s\\n' "\${COMPREPLY[@]}"`;
  return spawnSync('bash', ['--norc', '-c', bash], { encoding: 'utf8' }).stdout.split('\n');
}

describe('completion', () => {
  it('is printed for the shells there are, and for no other', async () => {
    for (const shell of SHELLS) {
      const terminal = fakeTerminal();
      expect(await runCommand(['completion', shell], fakeCommands({}), terminal)).to.equal(0);
      expect(terminal.stdout.text()).to.equal(completionScript(shell));
    }
    const refused = fakeTerminal();
    expect(await runCommand(['completion', 'csh'], fakeCommands({}), refused)).to.equal(2);
    expect(refused.stderr.text()).to.match(/^completion: must be bash, zsh or fish/);
  });

  for (const shell of ['bash', 'fish'] as const) {
    it(`offers commands, the options of each, and shells, in ${shell}`, function () {
      if (!has(shell)) return this.skip();
      expect(offered(shell, ['lrnn', ''])).to.include.members([...COMMAND_NAMES]);
      expect(offered(shell, ['lrnn', 'sh']).filter((word) => word !== '')).to.deep.equal(['show']);
      for (const name of COMMAND_NAMES) {
        const long = COMMANDS[name].options.map((option) => option.name).filter((option) => option.startsWith('--'));
        if (name !== 'completion') expect(offered(shell, ['lrnn', name, '--']), name).to.include.members([...long]);
      }
      expect(offered(shell, ['lrnn', 'completion', ''])).to.include.members([...SHELLS]);
    });
  }

  it('is read by zsh without a word', function () {
    if (!has('zsh')) return this.skip();
    const text = `autoload -U compinit && compinit -u -D\n${completionScript('zsh')}\nprint $_comps[lrnn]`;
    const { stdout, stderr } = spawnSync('zsh', ['-f', '-c', text], { encoding: 'utf8' });
    expect([stdout, stderr]).to.deep.equal(['_lrnn\n', '']);
  });
});
