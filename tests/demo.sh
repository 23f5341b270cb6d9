#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A day's work of reeve in a minute: a scratch repository, a state directory and a tmux server of
# their own, workers that are shell scripts, and every step in plain words.  `make demo` runs it.
# Everything is under one temporary directory; everything that was started is ended.
set -eu

top=$(mktemp -d "${TMPDIR:-/tmp}/reeve-demo.XXXXXX")
export HOME="$top/home" REEVE_STATE="$top/state" GIT_CONFIG_NOSYSTEM=1
unset TMUX TMUX_PANE XDG_STATE_HOME REEVE_TICKET REEVE_EPISODE REEVE_NONCE 2>/dev/null || :
repo=$top/app socket=$top/tmux reeved=
mkdir -p "$HOME"

if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then
	bold=$(printf '\033[1m') dim=$(printf '\033[2m') plain=$(printf '\033[0m')
else
	bold='' dim='' plain=''
fi
say() { printf '\n%s%s%s\n' "$bold" "$*" "$plain"; }
tell() { printf '  %s\n' "$*"; }
# run COMMAND...: show it, and what it says
run() {
	printf '  %s$ %s%s\n' "$dim" "$*" "$plain"
	"$@" 2>&1 | sed 's/^/    /'
}
fail() {
	printf '\nreeve demo: %s\n' "$*" >&2
	[ ! -f "$top/reeved.log" ] || sed 's/^/  reeved: /' "$top/reeved.log" >&2
	exit 1
}

up() {
	mkfifo "$top/ready" 2>/dev/null || :
	reeved --ready-fd 8 8>"$top/ready" 2>>"$top/reeved.log" &
	reeved=$!
	word=
	read -r word <"$top/ready" || :
	[ "$word" = ready ] || fail "the supervisor did not start"
}
down() {
	if [ -n "$reeved" ]; then
		kill -"$1" "$reeved" 2>/dev/null || :
		wait "$reeved" 2>/dev/null || :
	fi
	reeved=
}
end() {
	status=$?
	trap - EXIT INT TERM
	down TERM
	tmux -S "$socket" kill-server 2>/dev/null || :
	# a moment for the last launcher to write how it ended
	i=0
	while [ $i -lt 50 ] && ! rm -rf "$top" 2>/dev/null; do i=$((i + 1)); done
	exit $status
}
trap end EXIT
trap 'exit 130' INT TERM

phase() { reeve show "$1" --json | jq -r .phase; }
# await SECONDS WHAT TEST...: until the test holds
await() {
	seconds=$1 what=$2 n=0
	shift 2
	until "$@"; do
		n=$((n + 1))
		[ $n -lt $((seconds * 20)) ] || fail "$what did not happen in $seconds s"
		read -rt 0.05 <> <(:) || :
	done
}
is() { [ "$(phase "$1")" = "$2" ]; }
is_second() { is "$1" "$2" && [ "$(reeve show "$1" --json | jq -r .episode)" = "$1.2" ]; }
commit='git add . && git commit -qm work'

say "A scratch repository, a state directory, a supervisor on a tmux server of its own"
git config --global user.name Demo
git config --global user.email demo@example.org
git init -q -b main "$repo"
cd "$repo"
echo 'hello' >README
git add . && git commit -qm 'first commit'
run reeve init
git config -f "$REEVE_STATE/config" tmux.socket "$socket"
git config -f "$REEVE_STATE/config" tmux.conf /dev/null
git config -f "$REEVE_STATE/config" defaults.agent sh
git config -f "$REEVE_STATE/config" defaults.drain 2s
up
tell "The workers here are shell scripts (agent \"sh\"); an agent's command line would stand in their place."

say "(a) A ticket: worktree, window, worker, commit, DONE, a person's verdict, merge"
run reeve new 'add a greeting' -m "echo 'good morning' >greeting.txt; $commit; reeve done -m 'greeting written'"
await 10 'the report' is 1 human-review
tell "The worker has committed and reported. Nothing is merged: somebody has to look."
run reeve status || :
run reeve diff 1 --stat
run reeve pass 1
await 10 'the merge' is 1 'done'
run git log --oneline --graph -4
tell "And the checked-out main has the file: greeting.txt says \"$(cat greeting.txt)\"."
[ "$(cat greeting.txt)" = 'good morning' ] || fail 'the merged file is not in the checked-out main'

say "(b) A worker killed with SIGKILL before it reports"
script="echo \$REEVE_NONCE >$top/nonce.\$REEVE_EPISODE; echo \$PPID >$top/pid.\$REEVE_EPISODE
if [ \$REEVE_EPISODE = 2.1 ]; then exec sleep infinity; fi; echo done >second.txt; $commit; reeve done -m 'second try'"
run reeve new 'dies on its first try' -m "$script"
await 10 'the first start' is 2 working
await 10 'its pid' test -s "$top/pid.2.1"
tell "Episode 2.1 works; now: kill -KILL $(cat "$top/pid.2.1")"
kill -KILL "$(cat "$top/pid.2.1")"
await 10 'the second episode' is_second 2 human-review
tell "Noticed at once, retried once, in a new episode with a new nonce; 2.2 has reported."
run reeve log 2
tell "Now a DONE with the nonce of the dead episode 2.1:"
printf '{"ticket":"2","kind":"DONE","nonce":"%s"}\n' "$(cat "$top/nonce.2.1")" >"$REEVE_STATE/spool/tmp/late"
mv "$REEVE_STATE/spool/tmp/late" "$REEVE_STATE/spool/new/late.json"
run reeve sync
run cat "$REEVE_STATE/spool/refused/late.why"
run reeve status || :
is 2 human-review || fail 'a stale signal changed the ticket'

say "(c) The supervisor killed with SIGKILL while a worker runs and reports"
mkfifo "$top/go"
run reeve new 'goes on alone' -m "read -r _ <$top/go; echo alone >alone.txt; $commit; reeve done -m 'nobody was watching'"
await 10 'the start' is 3 working
down KILL
tell "The supervisor is dead. The worker goes on, commits, and reports into the spool:"
echo go >"$top/go"
await 10 'the signal' sh -c "ls $REEVE_STATE/spool/new | grep -q ."
run ls "$REEVE_STATE/spool/new"
up
tell "Restarted:"
await 10 'the report' is 3 human-review
run reeve log 3
[ "$(grep -c ' DONE ' "$REEVE_STATE/tickets/3/ticket")" = 1 ] || fail 'the report was not applied exactly once'
tell "Applied once; the same episode all the time."

say "(d) The kill switch: touch control/kill"
touch "$REEVE_STATE/control/kill"
run reeve new 'has to wait' -m "echo late >late.txt; $commit; reeve done -m late"
run reeve sync
run reeve ls
is 4 ready || fail 'something started under the kill switch'
rm "$REEVE_STATE/control/kill"
tell "Removed; now it starts:"
await 10 'the report' is 4 human-review
run reeve ls

say "(e) A reviewer that is an agent, and a gate that has to pass before anything lands"
cat >"$top/reviewer" <<'EOF'
# what an agent would do with the brief: look at the commit, and say so
if grep -q please door.txt; then reeve pass -m 'polite enough'; else reeve fail -m 'door.txt:1 is rude: say please'; fi
EOF
git config -f "$REEVE_STATE/config" agent.sh.reviewer "sh $top/reviewer"
git config -f "$REEVE_STATE/config" repo.app.gate "sh -c 'grep -c . door.txt; test -s door.txt'"
script="case \$REEVE_EPISODE in *.1) echo 'open the door' >door.txt;; *) echo 'please open the door' >door.txt;; esac
$commit; reeve done -m 'the door has a sign'"
run reeve new 'a sign for the door' --review agent -m "$script"
await 20 'the merge' is 5 'done'
tell "5.1 wrote it, the reviewer 5.2 sent it back, 5.3 had its words in the brief, 5.4 passed it, the gate ran, it landed:"
run grep -A2 'wants it changed' "$REEVE_STATE/tickets/5/episodes/3/brief.md"
run reeve log 5
run cat "$REEVE_STATE/tickets/5/gates/1-merge.log"
[ "$(cat door.txt)" = 'please open the door' ] || fail 'what was sent back has landed'

say "(f) Two tickets change the same line: one lands, the other goes back with the reason, and lands then"
script="case \$REEVE_EPISODE in *.1) ;; *) git merge -q main || git checkout -q --ours README;; esac
echo \"hello, \$REEVE_TICKET\" >>README.\$REEVE_TICKET; echo \"hello from \$REEVE_TICKET\" >README; $commit; reeve review -m 'a better hello'"
run reeve new 'one hello' -m "$script"
run reeve new 'another hello' -m "$script"
await 10 'the first report' is 6 human-review
await 10 'the second report' is 7 human-review
run reeve status || :
run reeve pass 6
await 10 'the first merge' is 6 'done'
run reeve pass 7
await 10 'the conflict, and another report' is_second 7 human-review
run grep -A6 'conflicts with' "$REEVE_STATE/tickets/7/episodes/2/brief.md"
run reeve pass 7
await 10 'the second merge' is 7 'done'
run git log --oneline --graph -8

say "Everything that the files can prove"
down TERM
run reeve fsck
say "Done. Everything that was started is ended, $top is removed."
