#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# usage: docs.sh REEVE   The manual pages tell of everything that there is: each command of `REEVE help` has a
# section (.Ss) in reeve.1 that begins with its usage, and no section is of a command that is gone; each header and history
# key, phase, refusal, key of a signal and key of the configuration stands in an .It line of its
# page, and no reason for a refusal that there is none of.  No help is wider than a terminal.
set -u
reeve=$1
bad=0
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT

# words PAGE WHAT COUNT: each word of stdin is in an .It line; COUNT of them there are at least
words() {
	n=0
	while read -r word; do
		n=$((n + 1))
		grep '^\.It' "man/$1" | tr ' ' '\n' | grep -qxF -e "$word" && continue
		echo "man/$1: no .It line tells of the $2 $word"
		bad=1
	done
	[ $n -ge "$3" ] || { echo "only $n of: $2; docs.sh does not find them any more" && bad=1; }
}
# one line, one blank between words
flat() { tr -s ' \n\t' ' ' | sed 's/^ //; s/ $//'; }

"$reeve" help >"$tmp/help" || { echo "$reeve help failed" && exit 1; }
sed -n 's/^  \([a-z][a-z-]*\)  *[A-Z].*/\1/p' "$tmp/help" | sort >"$tmp/commands"
sed -n '/^\.Sh COMMANDS/,/^\.Sh [^C]/s/^\.Ss \([a-z][a-z-]*\)$/\1/p' man/reeve.1 | sort >"$tmp/sections"
[ -s "$tmp/commands" ] || { echo "\`$reeve help\` lists no command" && bad=1; }
for c in $(comm -23 "$tmp/commands" "$tmp/sections"); do
	echo "man/reeve.1: no section (.Ss) for the command $c"
	bad=1
done
for c in $(comm -13 "$tmp/commands" "$tmp/sections"); do
	echo "man/reeve.1: a section for $c, which is no command"
	bad=1
done
mandoc -Tascii -O width=1000 man/reeve.1 | col -bx >"$tmp/page" || bad=1
for c in $(comm -12 "$tmp/commands" "$tmp/sections"); do
	usage=$("$reeve" help "$c" | sed -n '/^$/q; s/^usage: //; p' | flat)
	said=$(awk -v c="   $c" '$0 == c { on = 1; next } on && /^$/ { exit } on' "$tmp/page" | flat)
	[ "$said" = "$usage" ] && continue
	echo "man/reeve.1: the section $c does not begin with its usage: $usage"
	bad=1
done

{
	cat "$tmp/help"
	while read -r c; do "$reeve" help "$c"; done <"$tmp/commands"
	"${reeve}d" --help
	"$reeve-run" --help
} >"$tmp/all"
if grep -n '.\{81\}' "$tmp/all"; then
	echo "these lines of the help are wider than a terminal of 80 columns"
	bad=1
fi

list='s/.*[({] *"\([A-Za-z][A-Za-z0-9-]*\)".*/\1/p'
sed -n "/headers\[\] = {/,/^};/$list" src/codec/ticket_header.c >"$tmp/headers"
words reeve-ticket.5 header 30 <"$tmp/headers"
sed -n "/keys\[\] = {/,/^};/$list" src/codec/history_line.c >"$tmp/keys"
words reeve-ticket.5 'history key' 10 <"$tmp/keys"
sed -n 's/.*X(PHASE_[A-Z_]*, "\([a-z-]*\)".*/\1/p' src/core/state.h >"$tmp/phases"
words reeve-ticket.5 phase 10 <"$tmp/phases"
sed -n 's/.*X(REFUSAL_[A-Z_]*, "\([a-z-]*\)".*/\1/p' src/core/lifecycle.h >"$tmp/refusals"
words reeve-signal.5 refusal 10 <"$tmp/refusals"
sort "$tmp/refusals" >"$tmp/known"
for w in $(sed -n '/^\.Ss Reasons/,/^\.Sh/s/^\.It Cm //p' man/reeve-signal.5 | sort | comm -13 "$tmp/known" -); do
	echo "man/reeve-signal.5: a reason $w, which is no refusal"
	bad=1
done
sed -n '/signal_keys\[\] = {/,/^};/s/.*{ "\([a-z_]*\)",.*/\1/p' src/codec/signal_json.c >"$tmp/signal"
words reeve-signal.5 'key of a signal' 15 <"$tmp/signal"
sed -n 's/.*{ CONFIG_[A-Z]*, "\([a-z-]*\)".*/\1/p' src/codec/config_keys.c >"$tmp/config"
words reeve-state.5 'configuration key' 10 <"$tmp/config"
[ $bad = 0 ] && echo "the manual pages tell of $(cat "$tmp/commands" "$tmp/headers" "$tmp/keys" "$tmp/phases" "$tmp/refusals" "$tmp/signal" "$tmp/config" | wc -l) things"
exit $bad
