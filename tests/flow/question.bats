#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# A question with choices: from the worker to the person, and back by a number.
bats_require_minimum_version 1.5.0
load world

setup() {
	world_up
}

teardown() {
	world_down
}

# inert TEXT: nothing in it that a terminal obeys (ESC, C1, DEL, bidi) but line ends
inert() {
	! LC_ALL=C grep -qP '[\x00-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]|\xe2\x80[\x8b-\x8f\xa8-\xae]' <<<"$1"
}

ask='case $REEVE_EPISODE in *.1) reeve question -m "Which table
goes?" --choice "the old one" --choice "both; \$(touch pwn)" --choice both; exit 0;; esac
echo yes >made.txt && git add . && git commit -qm made && reeve done -m made'

@test "choices are shown, numbered, and one of them is the answer (X-8)" {
	start_supervisor
	new one "$ask"
	wait_for 20 is_phase 1 asking
	run -1 reeve status
	[[ $output == *'Which table'*'1. the old one'*'2. both; $(touch pwn)'*'3. both'*'reeve answer 1 --choice N'* ]]
	run -0 reeve show 1
	[[ $output == *goes?*'1. the old one'*'3. both'* ]]
	run -0 reeve log 1
	[[ $output == *'2. both; $(touch pwn)'* ]]
	[ "$(reeve ls --json | jq -c '.[0].choices')" = '["the old one","both; $(touch pwn)","both"]' ]
	run -1 reeve answer 1 --choice 4
	[[ $output == *'no choice 4'*'1. the old one'*'3. both'* ]]
	run -1 reeve answer 1 --choice 0
	run -2 reeve answer 1 --choice x
	run -2 reeve answer 1 --choice 2 -m words
	run -2 reeve answer 1 </dev/null
	reeve answer 1 --choice 2
	wait_for 20 is_phase 1 human-review
	grep -qF 'choice 2: both; $(touch pwn)' "$REEVE_STATE/tickets/1/episodes/2/brief.md"
	[ "$(reeve ls --json | jq -c '.[0].choices')" = '[]' ]
	run -1 reeve answer 1 --choice 2
	[[ $output == *'asks nothing'* ]]
	[ -z "$(find "$BATS_TEST_TMPDIR" -name pwn)" ]
	run -0 reeve fsck
}

@test "a number is for the question that it was read under (E-19)" {
	start_supervisor
	mkfifo "$BATS_TEST_TMPDIR/go"
	new one "reeve question first --choice a --choice b; read -r line <>'$BATS_TEST_TMPDIR/go'
		reeve question second --choice c --choice d; read -r line <>'$BATS_TEST_TMPDIR/go'; $(work made.txt)"
	wait_for 20 is_phase 1 asking
	rev=$(field 1 .rev)
	echo >"$BATS_TEST_TMPDIR/go"
	second() { [ "$(reeve ls --json | jq -c '.[0].choices')" = '["c","d"]' ]; }
	wait_for 20 second
	run -1 reeve answer 1 --choice 2 --expect "$rev"
	[[ $output == *'conflict'* ]]
	is_phase 1 asking
	# who answers in the window needs no command: the report of the same episode stands
	echo >"$BATS_TEST_TMPDIR/go"
	wait_for 20 is_phase 1 human-review
	[ "$(field 1 .episode)" = 1.1 ]
	run -0 reeve fsck
}

@test "on a terminal the question is shown, and takes a number or words (X-10)" {
	start_supervisor
	new one $'reeve question -m "$(printf "Which \\033[2J one?")" --choice a --choice b; exit 0'
	new two 'reeve question why; exit 0'
	wait_for 20 is_phase 1 asking
	wait_for 20 is_phase 2 asking
	run -1 script -qec 'reeve answer 1' /dev/null <<<'7'
	[[ $output == *'Which \x1b[2J one?'*'2. b'*'no choice 7'* ]]
	run -0 script -qec 'reeve answer 1' /dev/null <<<'2'
	[[ $output == *'2. b'*'answered'* ]]
	run -0 script -qec 'reeve answer 2' /dev/null <<<'because'
	reeve sync
	grep -qF 'choice 2: b' "$REEVE_STATE/tickets/1/ticket"
	grep -qF 'because' "$REEVE_STATE/tickets/2/ticket"
}

@test "a paste of several lines is the answer, and no command of it reaches the shell (X-8)" {
	start_supervisor
	new one 'reeve question why; exit 0'
	wait_for 20 is_phase 1 asking
	printf 'since then\ntouch %s/pwned\n\nand so on\n' "$BATS_TEST_TMPDIR" >"$BATS_TEST_TMPDIR/paste"
	run -0 script -qec 'reeve answer 1; bash -c "read -r -t 0.2 rest; eval \"\$rest\""' /dev/null <"$BATS_TEST_TMPDIR/paste"
	[[ $output == *'more than a line'*'answered'* ]]
	[ ! -e "$BATS_TEST_TMPDIR/pwned" ]
	reeve sync
	[ "$(grep -cE 'since then|touch .*pwned|and so on' "$REEVE_STATE/tickets/1/ticket")" -ge 3 ]
	# also when its last line is not ended: the first Enter after it would have run that
	new two 'reeve question why; exit 0'
	wait_for 20 is_phase 2 asking
	printf 'since then\ntouch %s/pwned' "$BATS_TEST_TMPDIR" >"$BATS_TEST_TMPDIR/paste"
	run -0 script -qec 'reeve answer 2; bash -c "read -r -t 0.2 rest; eval \"\$rest\""' /dev/null <"$BATS_TEST_TMPDIR/paste"
	[[ $output == *'answered'* ]]
	[ ! -e "$BATS_TEST_TMPDIR/pwned" ]
	reeve sync
	grep -q 'touch .*pwned' "$REEVE_STATE/tickets/2/ticket"
	run -2 reeve answer 1 --choice -1
	[[ $output == *'takes the number of one'* ]]
}

@test "a paste with a line that no terminal takes is no answer, and no command behind it reaches the shell (X-8)" {
	start_supervisor
	new one 'reeve question why; exit 0'
	wait_for 20 is_phase 1 asking
	{
		head -c 5000 /dev/zero | tr '\0' x
		echo
		for ((i = 0; i < 3000; i++)); do echo "touch $BATS_TEST_TMPDIR/pwned # more than a terminal holds at once"; done
	} >"$BATS_TEST_TMPDIR/paste"
	run -0 script -qec 'reeve answer 1; bash -c "while read -r -t 0.2 rest; do eval \"\$rest\"; done; :"' /dev/null <"$BATS_TEST_TMPDIR/paste"
	[[ $output == *'no line of more than 4095 bytes: answer with -F'* ]]
	[ ! -e "$BATS_TEST_TMPDIR/pwned" ]
	is_phase 1 asking
}

@test "what can be no choice is refused, by the command and by the spool; words without choices are as before (X-10)" {
	start_supervisor
	new one 'reeve question x --choice "" ; echo $? >rc1; reeve question x --choice "$(printf "a\nb")"; echo $? >rc2
		reeve note x --choice a; echo $? >rc3; reeve question x --choice 1 --choice 2 --choice 3 --choice 4 --choice 5 \
		--choice 6 --choice 7 --choice 8 --choice 9 --choice 10; echo $? >rc4; reeve question "plain
1. no choice"; exit 0'
	wait_for 20 is_phase 1 asking
	w=$(field 1 .worktree)
	[ "$(cat "$w"/rc[1-4] | tr '\n' ' ')" = '2 2 2 2 ' ]
	[ "$(reeve ls --json | jq -c '.[0].choices')" = '[]' ]
	run -1 reeve answer 1 --choice 1
	[[ $output == *'has no choices'* ]]
	printf '{"ticket":"1","kind":"QUESTION","nonce":"%064d","body":"x","choices":["a\\u001b[2J"]}' 7 >"$REEVE_STATE/spool/tmp/q"
	mv "$REEVE_STATE/spool/tmp/q" "$REEVE_STATE/spool/new/q.json"
	reeve sync
	run -1 reeve status
	[[ $output == *'control characters'* ]]
	inert "$output"
}
