/** @file Completion of `lrnn <TAB>` for shells, made of the same words that are parsed. */

import type { CommandName, Shell } from './commands.js';
import { COMMAND_NAMES, SHELLS } from './commands.js';
import type { OptionWord } from './options.js';
import { COMMANDS, HELP_WORD } from './options.js';
import { shellWord } from './text.js';

/** Commands with options of their own. */
const NAMED = COMMAND_NAMES.filter((name) => name !== 'completion');

/** What a shell reads once: `source <(lrnn completion bash)`. */
export function completionScript(shell: Shell): string {
  return { bash, zsh, fish }[shell]();
}

function optionsOf(name: CommandName): readonly OptionWord[] {
  return [...COMMANDS[name].options, HELP_WORD];
}

/** Other words are names of files, which the shell completes by itself. */
function bash(): string {
  const cases = NAMED.map(
    (name) =>
      `    ${name}) choices="${optionsOf(name)
        .map((option) => option.name)
        .join(' ')}" ;;`,
  );
  return `# lrnn-automl: source <(lrnn completion bash), for instance in ~/.bashrc
_lrnn() {
  local current="\${COMP_WORDS[COMP_CWORD]}" command="\${COMP_WORDS[1]}" choices=""
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    choices="${COMMAND_NAMES.join(' ')} --help --version"
  elif [ "$command" = completion ]; then
    choices="${SHELLS.join(' ')}"
  else
    case "$current" in -*) ;; *) return 0 ;; esac
    case "$command" in
${cases.join('\n')}
    esac
  fi
  COMPREPLY=($(compgen -W "$choices" -- "$current"))
}
complete -o default -F _lrnn lrnn
`;
}

function zsh(): string {
  const described = ({ name, help }: OptionWord): string => `'${escaped(name)}:${escaped(help)}'`;
  const cases = NAMED.map((name) => `    ${name}) choices=(${optionsOf(name).map(described).join(' ')}) ;;`);
  const commands = COMMAND_NAMES.map((name) => described({ name, help: COMMANDS[name].summary }));
  return `#compdef lrnn
# lrnn-automl: source <(lrnn completion zsh), for instance in ~/.zshrc after compinit
_lrnn() {
  local -a choices
  if (( CURRENT == 2 )); then
    choices=(${commands.join(' ')})
    _describe command choices
  elif [[ $words[2] == completion ]]; then
    choices=(${SHELLS.join(' ')})
    _describe shell choices
  elif [[ $PREFIX == -* ]]; then
    case $words[2] in
${cases.join('\n')}
    esac
    _describe option choices
  else
    _files
  fi
}
compdef _lrnn lrnn
`;
}

function fish(): string {
  const lines = COMMAND_NAMES.flatMap((name) => {
    const { summary } = COMMANDS[name];
    const own = optionsOf(name).map(({ name: option, value, help }) => {
      const word = option.startsWith('--') ? `-l ${option.slice(2)}` : `-s ${option.slice(1)}`;
      const takes = value === undefined ? '' : ' -r';
      return `complete -c lrnn -n "__fish_seen_subcommand_from ${name}" ${word}${takes} -d ${shellWord(help)}`;
    });
    return [`complete -c lrnn -n __fish_use_subcommand -f -a ${name} -d ${shellWord(summary)}`, ...own];
  });
  const shells = `complete -c lrnn -n "__fish_seen_subcommand_from completion" -f -a "${SHELLS.join(' ')}"`;
  return `# lrnn-automl: lrnn completion fish > ~/.config/fish/completions/lrnn.fish\n${[...lines, shells].join('\n')}\n`;
}

/** Within single quotes, and before the colon that begins what a word means. */
function escaped(text: string): string {
  return text.replaceAll("'", `'\\''`).replaceAll(':', '\\:');
}
