# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# What the tests with real agents stand on: the world of the flow tests, a model that plays parts
# (model.mjs), and one of the agents with its ready-made profile, which knows no other model and no dialog
# that would stop it.
#
#	setup() { agents_up NAME; }	claude, codex or opencode
#	teardown() { agents_down; }
#
#	play NAME			stdin: a part (model.mjs tells of its lines)
#	ticket TITLE PLAY [OPTION...]	a ticket whose worker plays it; prints its id
#	cue NAME			what "wait NAME" waits for
#	asked FILTER			is there a line of the model's log for which this holds (jq)?
#
# $REEVE_TEST_WAIT: seconds that an agent may take for a turn (60); opencode wants more on a busy machine.
load ../flow/world
# shellcheck disable=SC2034 # the tests wait so long
WAIT=${REEVE_TEST_WAIT:-60}

agents_up() {
	world_up
	PLAYS=$BATS_TEST_TMPDIR/model
	MODEL=
	mkdir -p "$PLAYS/plays"
	node "$BATS_TEST_DIRNAME/model.mjs" "$PLAYS" </dev/null >"$PLAYS/out" 2>&1 3>&- &
	MODEL=$!
	export PATH=$AGENTS_BIN:$PATH
	export TERM=xterm-256color LANG=C.UTF-8 SHELL=/bin/bash
	unset "${!ANTHROPIC@}" "${!CLAUDE@}" "${!OPENAI@}" "${!CODEX@}" "${!OPENCODE@}" CI
	wait_for 20 test -s "$PLAYS/port"
	URL=http://127.0.0.1:$(cat "$PLAYS/port")
	"has_$1"
	config '[defaults]' "agent = $1"
}

agents_down() {
	if [ -z "${BATS_TEST_COMPLETED:-}" ]; then
		echo "# --- screens"
		for window in $(tmux -S "$SOCKET" list-panes -aF '#{pane_id}' 2>/dev/null); do
			tmux -S "$SOCKET" capture-pane -p -t "$window" | grep .
		done
		echo "# --- what the model was asked"
		tail -n 30 "$PLAYS/log.jsonl" | jq -c 'del(.tools, .tool_said)' | cut -c 1-600
	fi
	world_down
	[ -z "$MODEL" ] || kill "$MODEL" 2>/dev/null || :
}

play() {
	cat >"$PLAYS/plays/$1"
}
ticket() {
	local title=$1 name=$2
	shift 2
	reeve new "$title" -m "Play: $name" "$@"
}
cue() {
	: >"$PLAYS/$1"
}
asked() {
	jq -e "select($1)" "$PLAYS/log.jsonl" 2>/dev/null | grep -q .
}

# --- what each agent must know before its first start: the model, and the answers to its dialogs ---

has_claude() {
	export ANTHROPIC_BASE_URL=$URL ANTHROPIC_API_KEY=no-secret
	export IS_SANDBOX=1 CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC=1 DISABLE_AUTOUPDATER=1
	mkdir "$HOME/.claude"
	jq -n --arg repo "$REPO" '{hasCompletedOnboarding: true, customApiKeyResponses: {approved: ["no-secret"]},
		projects: {($repo): {hasTrustDialogAccepted: true}}}' >"$HOME/.claude.json"
	echo '{"skipDangerousModePermissionPrompt": true}' >"$HOME/.claude/settings.json"
	config '[agent.claude]' 'options = --dangerously-skip-permissions'
}

has_codex() {
	export PLAYED_KEY=no-secret
	mkdir "$HOME/.codex"
	cat >"$HOME/.codex/config.toml" <<-TOML
		model = "part"
		model_provider = "played"
		approval_policy = "never"
		sandbox_mode = "danger-full-access"
		check_for_update_on_startup = false
		[model_providers.played]
		name = "Played"
		base_url = "$URL/v1"
		env_key = "PLAYED_KEY"
		wire_api = "responses"
		[projects."$REPO"]
		trust_level = "trusted"
	TOML
}

has_opencode() {
	export OPENCODE_DISABLE_AUTOUPDATE=1 OPENCODE_DISABLE_MODELS_FETCH=1 OPENCODE_DISABLE_LSP_DOWNLOAD=1
	mkdir -p "$HOME/.config/opencode"
	jq -n --arg url "$URL/v1" '{autoupdate: false, share: "disabled", model: "played/part", small_model: "played/part",
		enabled_providers: ["played"], permission: {"*": "allow"},
		provider: {played: {npm: "@ai-sdk/openai-compatible", name: "Played",
			options: {baseURL: $url, apiKey: "no-secret"},
			models: {part: {name: "Part", tool_call: true, limit: {context: 200000, output: 8000}}}}}}' \
		>"$HOME/.config/opencode/opencode.json"
	# its database: three that begin one at the same time stop one another
	timeout "$WAIT" opencode session list >"$PLAYS/sessions" 3>&-
}
