#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# What would keep agents from working here: each finding comes and goes with its cause, nothing is changed by looking, and
# what cannot be read is no finding.

load world

setup() {
	world_up
	BIN=$BATS_TEST_TMPDIR/bin
	OUT=$BATS_TEST_TMPDIR/out
	mkdir -p "$BIN" "$OUT" "$HOME/.claude" "$HOME/.codex"
	PATH=$BIN:$PATH
	export OUT
	unset CLAUDE_CONFIG_DIR CODEX_HOME ANTHROPIC_API_KEY IS_SANDBOX XDG_CONFIG_HOME
	REAL=$(realpath "$REPO")
	# for those that are really installed here: nothing to mend
	jq -n '{hasCompletedOnboarding: true, projects: {"/": {hasTrustDialogAccepted: true}}}' >"$HOME/.claude.json"
	printf '[projects."%s"]\ntrust_level = "trusted"\n' "$REAL" >"$HOME/.codex/config.toml"
}
teardown() { world_down; }

program() {
	printf '#!/bin/sh\necho "$0 $*" >>"$OUT/runs"\n[ ! -t 0 ] && [ ! -t 1 ] || exit 1\necho "%s"\n' "$2" >"$BIN/$1"
	chmod +x "$BIN/$1"
}

# mends WORDS...: exactly these things are to be mended, in this order: "about: beginning of what"; and the exit status fits
mends() {
	local line n=0 status=0
	reeve doctor >"$OUT/text" || status=$?
	[ "$status" = "$(($# > 0))" ]
	reeve doctor --json | jq -r '.[] | select(.kind == "mend") | if .why and .mend then .about + ": " + .what else "bare" end' >"$OUT/what"
	while read -r line; do
		n=$((n + 1))
		[[ ${!n:-(nothing)} != "(nothing)" && $line == "${!n}"* ]] || { echo "to mend: $line" && return 1; }
	done <"$OUT/what"
	[ "$n" = "$#" ] || { echo "only $n to mend" && return 1; }
}

@test "doctor: nothing to mend is 0; a supervisor that is not up and a kill switch are 1, each with its mend" {
	start_supervisor
	mends
	tail -n 1 "$OUT/text" | grep -qx 'nothing to mend'
	grep -q '^fine *reeved: reeved [0-9.]*, libgit2 1' "$OUT/text"
	grep -q '^fine *git: git version' "$OUT/text"
	reeve halt
	mends 'state: the kill switch is set'
	grep -qx ' *mend: reeve resume' "$OUT/text"
	reeve resume
	stop_supervisor
	mends 'supervisor: it is not running'
	grep -qx ' *mend: reeve up -d' "$OUT/text"
}

@test "doctor: what was refused is one line a file, with reason and age, until somebody has seen it (B-2, B-9)" {
	start_supervisor
	echo '{"not":"a signal"}' >"$REEVE_STATE/spool/new/odd.json"
	echo 'no json' >"$REEVE_STATE/spool/new/worse.json"
	wait_for 20 test -e "$REEVE_STATE/spool/refused/odd.json.why" -o -e "$REEVE_STATE/spool/refused/odd.why"
	wait_for 20 test -e "$REEVE_STATE/spool/refused/worse.json"
	reeve sync
	run reeve doctor
	[ "$status" = 1 ]
	[ "$(grep -cE '^mend +refused: (odd|worse).json: [a-z-]+, [0-9]+s ago: ' <<<"$output")" = 2 ]
	reeve discard odd.json
	reeve discard worse.json
	mends
}

@test "doctor: messages that nobody has read are told, and are to be read once they are old (B-8)" {
	start_supervisor
	new asks 'reeve question -m "which?"' --notify boss
	wait_for 20 test -e "$REEVE_STATE/inbox/boss/new"
	wait_for 20 sh -c 'reeve doctor | grep -q "^note *inbox: 1 unread for boss, the oldest [0-9]*s ago: reeve inbox boss\$"'
	mends
	config '[defaults]' 'remind = 1ms'
	mends 'inbox: 1 unread for boss, the oldest '
	grep -qx ' *mend: reeve inbox boss' "$OUT/text"
	reeve inbox boss
	mends
	[ "$(grep -c inbox "$OUT/text")" = 0 ]
}

@test "doctor: claude: set up, trust of the repository, its key; only --version is run, and nobody's file is changed" {
	start_supervisor
	program claude '9.9.9 (Claude Code)'
	rm "$HOME/.claude.json"
	mends 'claude: Claude Code has not been set up for this user' "claude: it has not been told to trust $REPO"
	jq -n --arg p "$REAL" '{hasCompletedOnboarding: true, projects: {($p): {hasTrustDialogAccepted: true}}}' >"$HOME/.claude.json"
	(cd "$HOME" && find . -type f -exec sha256sum {} +) | sort >"$OUT/before"
	mends
	grep -q "^fine *claude: 9.9.9 (Claude Code), $BIN/claude\$" "$OUT/text"
	(cd "$HOME" && find . -type f -exec sha256sum {} +) | sort | diff "$OUT/before" -
	[ "$(sort -u "$OUT/runs")" = "$BIN/claude --version" ]
	# a directory above it that is trusted is enough; another one is not
	jq -n --arg p "$(dirname "$REAL")" '{hasCompletedOnboarding: true, projects: {($p): {hasTrustDialogAccepted: true}}}' >"$HOME/.claude.json"
	mends
	jq -n --arg p "$REAL-other" '{hasCompletedOnboarding: true, projects: {($p): {hasTrustDialogAccepted: true}}}' >"$HOME/.claude.json"
	mends "claude: it has not been told to trust $REPO"
	jq -n '{hasCompletedOnboarding: true, projects: {"/": {hasTrustDialogAccepted: true}}}' >"$HOME/.claude.json"
	export ANTHROPIC_API_KEY=sk-0123456789-0123456789-0123456789
	mends 'claude: ANTHROPIC_API_KEY is set, and'
	[ "$(grep -c "$ANTHROPIC_API_KEY" "$OUT/text")" = 0 ]
	jq -n --arg k "${ANTHROPIC_API_KEY: -20}" '{hasCompletedOnboarding: true, projects: {"/": {hasTrustDialogAccepted: true}},
		customApiKeyResponses: {approved: [$k]}}' >"$HOME/.claude.json"
	mends
}

@test "doctor: claude that is to skip permissions: an agreement, and not as root outside of a sandbox" {
	start_supervisor
	program claude '9.9.9'
	mends
	config '[agent.wild]' 'profile = claude' 'options = --dangerously-skip-permissions'
	if [ "$(id -u)" = 0 ]; then
		mends 'wild: it is to skip permissions, as root' 'wild: it is to skip permissions, and nobody has agreed'
	else
		mends 'wild: it is to skip permissions, and nobody has agreed'
	fi
	config '[agent.wild]' 'env = IS_SANDBOX=1'
	echo '{"skipDangerousModePermissionPrompt":true}' >"$HOME/.claude/settings.json"
	mends
}

@test "doctor: codex: trust of the repository, hooks of one's own, the daemon; opencode: plugins are only told" {
	start_supervisor
	program codex 'codex-cli 9.9'
	program opencode '9.9'
	mkdir -p "$HOME/.config/opencode/plugins"
	rm "$HOME/.codex/config.toml"
	mends "codex: it has not been told to trust $REPO"
	printf 'model = "x"\n\n[projects."%s"]  # mine\n trust_level="trusted"\n' "$REAL" >"$HOME/.codex/config.toml"
	mends
	grep -q '^note *opencode: .*/plugins: ' "$OUT/text"
	echo '{"hooks":{}}' >"$HOME/.codex/hooks.json"
	mends 'codex: it has hooks of its own that nobody h'
	printf '[hooks.state."x"]\ntrusted_hash = "sha256:0"\n' >>"$HOME/.codex/config.toml"
	mends
	config '[agent.plain]' 'start = codex {prompt}'
	mends "plain: it may start Codex's daemon, which all"
	printf '[features]\ndaemon_auto_start = false\n' >>"$HOME/.codex/config.toml"
	mends
	# another form of the same is not understood: then nothing is claimed
	printf 'projects = { "/x" = { trust_level = "untrusted" } }\n[features]\ndaemon_auto_start = false\n' >"$HOME/.codex/config.toml"
	rm "$HOME/.codex/hooks.json"
	mends
	grep -q '^untold *plain: .*/config.toml: which projects it trusts' "$OUT/text"
}

@test "doctor: what cannot be read is told as that; programs that are missing, hang or fail" {
	start_supervisor
	program claude '9.9'
	program codex 'x'
	echo 'no json' >"$HOME/.claude.json"
	rm "$HOME/.codex/config.toml"
	mkdir "$HOME/.codex/config.toml"
	printf '#!/bin/sh\nexit 3\n' >"$BIN/codex"
	mends
	[ "$(grep -c '^untold' "$OUT/text")" = 3 ]
	config '[agent.mine]' 'start = no-such-program {prompt}' '[defaults]' 'agent = mine'
	mends 'mine: '
	config '[defaults]' 'agent = sh' '[agent.mine]' 'start = true' '[agent.aider]' 'options = --dark-mode'
	mends 'aider: ' # the shell around it is there, and is not it
	[ "$(reeve agents --json | jq -c '.[] | select(.name == "aider" or .name == "mine") | [.program, has("profile")]' | sort | tr '\n' ' ')" = \
		"[\"$(type -P true)\",true] [null,true] " ]
	[ "$(reeve doctor --json | jq -c 'map(has("why") and has("mend")) | all')" = true ]
	config '[defaults]' 'agent = nobody' '[agent.aider]' 'start = true'
	mends 'config: its default agent does not exist'
}
