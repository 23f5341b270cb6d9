# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# What every flow test stands on: its own HOME, state directory, tmux server and repository, all under
# $BATS_TEST_TMPDIR; and an end that ends what was started here, by pid, and nothing else.
#
# What a test looks at without a wait has to be promised by then, on a machine that is ever so busy.  A command that
# waits promises its revision; `reeve sync` that all signals are decided and filed away and no work is under way; a phase
# that needs an end (parked, ready again, attention after a death, done) that the worker and what it left has ended and
# its records are there; any phase, that outcome.json of what ended before is.  Not promised are: with a phase that a
# report leads to, that its worker was answered, goes on or has ended (it adds a revision: ended); with any, its messages;
# with done, the hook and the removal of worktree and branch; with a worker that speaks, that its ticket is working yet;
# and what a pane shows, when its window goes.
#
#	load world
#	setup() { world_up; }			directories, repository, `reeve init`
#	teardown() { world_down; }
#
#	start_supervisor, stop_supervisor	reeved in the background; $REEVED is its pid
#	wait_for SECONDS COMMAND...		until it succeeds; fails loudly after SECONDS, and after a minute at least
#	let_pass SECONDS			for what is about time, or shall not happen: waits for nothing else
#	freeze PID				SIGSTOP, until it stands still (`kill -CONT` lets it go on)
#	ended ID				no episode of it is open: no revision of its own comes before a start
#	phase ID, field ID .key			what `reeve show --json` says
#	new TITLE SCRIPT [OPTION...]		a ticket whose worker is this shell script; prints its id

world_up() {
	export HOME=$BATS_TEST_TMPDIR/home
	export REEVE_STATE=$BATS_TEST_TMPDIR/state
	export XDG_STATE_HOME=$BATS_TEST_TMPDIR/xdg
	export GIT_CONFIG_NOSYSTEM=1 GIT_AUTHOR_DATE='2026-01-01T00:00:00Z' GIT_COMMITTER_DATE='2026-01-01T00:00:00Z'
	export GIT_AUTHOR_NAME=Ann GIT_AUTHOR_EMAIL=ann@example.org GIT_COMMITTER_NAME=Ann GIT_COMMITTER_EMAIL=ann@example.org
	unset TMUX TMUX_PANE REEVE_TICKET REEVE_EPISODE REEVE_NONCE REEVE_ROLE REEVE_BRIEF REEVE_WORKTREE
	SOCKET=$BATS_TEST_TMPDIR/tmux
	REPO=$BATS_TEST_TMPDIR/app
	REEVED=
	mkdir -p "$HOME"
	git init -q -b main "$REPO"
	printf 'hello\n' >"$REPO/README"
	mkdir "$REPO/src"
	printf 'int main(void) { return 0; }\n' >"$REPO/src/main.c"
	git -C "$REPO" add .
	git -C "$REPO" commit -qm 'first'
	cd "$REPO" || return 1
	reeve init >"$BATS_TEST_TMPDIR/init.out"
	config '[tmux]' "socket = $SOCKET" 'conf = /dev/null' '[defaults]' 'agent = sh' 'drain = 5s' 'grace = 1s'
}

# Lines for the configuration; a key that is there already is replaced.
config() {
	local section='' line
	for line in "$@"; do
		case $line in
		'['*) section=${line#[}; section=${section%]} ;;
		*) git config -f "$REEVE_STATE/config" "$section.${line%% =*}" "${line#*= }" ;;
		esac
	done
}

start_supervisor() {
	mkfifo "$BATS_TEST_TMPDIR/ready.$$" 2>/dev/null || :
	reeved --ready-fd 8 8>"$BATS_TEST_TMPDIR/ready.$$" 2>>"$BATS_TEST_TMPDIR/reeved.log" 3>&- &
	REEVED=$!
	read -r word <"$BATS_TEST_TMPDIR/ready.$$" && [ "$word" = ready ]
}

stop_supervisor() {
	[ -n "$REEVED" ] || return 0
	kill "${1:--TERM}" "$REEVED" 2>/dev/null || :
	wait "$REEVED" 2>/dev/null || :
	REEVED=
}

world_down() {
	local pid
	if [ -z "${BATS_TEST_COMPLETED:-}" ]; then
		echo "# --- reeved.log"
		cat "$BATS_TEST_TMPDIR/reeved.log" 2>/dev/null
		reeve ls --all 2>&1
	fi
	stop_supervisor
	# the processes of this test's workers: they carry this state directory in their environment
	for pid in $(grep -lzxsF "REEVE_STATE=$REEVE_STATE" /proc/[0-9]*/environ 2>/dev/null | cut -d/ -f3); do
		case " $$ $BASHPID $PPID " in *" $pid "*) continue ;; esac
		is_worker "$pid" && kill -KILL "$pid" 2>/dev/null
	done
	tmux -S "$SOCKET" kill-server 2>/dev/null || :
}

# Only what a launcher started has an episode, too.
is_worker() {
	grep -qzs '^REEVE_EPISODE=' "/proc/$1/environ"
}

# A wait that succeeds costs nothing, so a busy machine gets a minute wherever an idle one needs an instant.
wait_for() {
	local limit=$1 end
	shift
	[ "$limit" -ge 60 ] || limit=60
	end=$((SECONDS + limit))
	until "$@"; do
		if [ "$SECONDS" -ge "$end" ]; then
			echo "waited $limit s for: $*" >&2
			return 1
		fi
		read -rt 0.02 <> <(:) || :
	done
}

let_pass() {
	local end=$((SECONDS + $1 + 1))
	while [ "$SECONDS" -lt "$end" ]; do
		read -rt 0.1 <> <(:) || :
	done
}

is_frozen() {
	[[ $(sed 's/.*) //' "/proc/$1/stat") == T* ]]
}
# Who is in a system call goes on to its end.
freeze() {
	kill -STOP "$1"
	wait_for 20 is_frozen "$1"
}

field() {
	reeve show "$1" --json | jq -r "$2"
}
phase() {
	field "$1" .phase
}
is_phase() {
	[ "$(phase "$1")" = "$2" ]
}
# A report is taken while its worker still runs; that this one has ended makes another revision.
ended() {
	[ "$(field "$1" .episode_state)" = null ]
}
# at_once ID [PHASE]: reeve retry; refused only when it went on by itself a moment before
at_once() {
	reeve retry "$1" || [ "$(phase "$1")" != "${2:-ready}" ]
}
# Lands what a person lets land; refused only when it has landed by itself a moment before.
merge_now() {
	reeve merge "$1" || wait_for 20 is_phase "$1" done
}

new() {
	local title=$1 script=$2
	shift 2
	reeve new "$title" -m "$script" "$@"
}

# A worker that writes FILE, commits it and reports.
work() {
	printf 'echo %s >%s && git add . && git commit -qm "%s" && reeve done -m "made %s"' "${2:-text}" "$1" "add $1" "$1"
}
