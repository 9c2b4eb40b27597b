#!/usr/bin/env bash
# Loads the committed completions in real bash, zsh and fish, and asks each for the commands. Argument: the folder of the program.
set -euo pipefail
cd "$(dirname "$0")/.."
PATH="$1:$PATH"
export PATH

expect() { # SHELL WHAT-IT-OFFERED
  case "$2" in
    *namespaces*) echo "$1: completes" ;;
    *) echo "$1 offered: $2" >&2; exit 1 ;;
  esac
}

expect bash "$(bash --norc -c '
  source completions/sessionctl.bash
  COMP_WORDS=(sessionctl name) COMP_CWORD=1
  _sessionctl_completion sessionctl
  echo "${COMPREPLY[@]}"')"

# without a terminal zsh completes nothing itself: compinit must register the file, and its function offer what compadd would show
expect zsh "$(zsh -f -c '
  fpath=($PWD/completions $fpath)
  autoload -Uz compinit && compinit -u -D
  [[ ${_comps[sessionctl]} == _sessionctl ]] || { print "it is not registered"; exit 1 }
  compadd() { print -r -- "$@" }
  _describe() { print -r -- "${(P@)@[-1]}" "${(P@)@[-2]}" }
  words=(sessionctl name) CURRENT=2
  _sessionctl')"

expect fish "$(fish --no-config -c '
  source completions/sessionctl.fish
  complete -C "sessionctl name"')"
