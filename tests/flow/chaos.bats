#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# The checker of the chaos run finds what it is there for (`make chaos` is the run itself).

setup() {
	S=$BATS_TEST_TMPDIR/state C=$BATS_TEST_TMPDIR/chaos
	mkdir -p "$S/tickets/1" "$S/spool/refused" "$C"
	history '2 now reeve started ready>starting 1.1 T01' '3 now reeve claimed starting>working 1.1 T02' \
		'4 now worker NOTE working>working 1.1 T14 : x' '	| word-1.1-7-1' \
		'5 now worker DONE working>delivered 1.1 T10 : x' '	| word-1.1-7-2' \
		'6 now reeve closed delivered>delivered 1.1 T31'
	said 'say word-1.1-7-1 note' 'rc word-1.1-7-1 0' 'say word-1.1-7-2 done' 'rc word-1.1-7-2 0'
}

history() {
	{
		printf 'reeve-ticket 1\nPhase: delivered\n\ntext\n| word-of-the-text\n\nhistory\n'
		printf '%s\n' "$@" end
	} >"$S/tickets/1/ticket"
}
said() { printf '%s\n' "$@" >>"$C/said"; }
check() { "$BATS_TEST_DIRNAME/../chaos/check" "$S" "$C"; }
finds() {
	run check
	[ "$status" = 1 ]
	[[ $output == *"$1"* ]]
}

@test "nothing is wrong with what is right" {
	printf '{"body":"word-1.1-7-3"}' >"$S/spool/refused/a.json"
	said 'say word-1.1-7-3 pass' 'rc word-1.1-7-3 0' 'say word-1.1-7-4 note' 'rc word-1.1-7-4 3' 'say word-1.1-7-5 note'
	run check
	[ "$status" = 0 ]
	[[ $output == *'5 words: 3 durable, 1 not accepted, 1 with another end; 2 applied, 1 refused; 1 tickets'* ]]
}

@test "a word that is durable and nowhere is lost" {
	said 'say word-1.1-7-3 done' 'rc word-1.1-7-3 0'
	finds 'word-1.1-7-3 (done) is durable, and lost'
}

@test "a word in two lines was applied twice" {
	sed -i 's/^end$/7 now worker NOTE working>working 1.1 T14 : x\n\t| word-1.1-7-1\nend/' "$S/tickets/1/ticket"
	finds 'word-1.1-7-1 is applied twice'
}

@test "a word of an episode that is over is stale" {
	sed -i 's/^end$/7 now worker NOTE delivered>delivered 1.1 T14 : x\n\t| word-1.1-7-3\nend/' "$S/tickets/1/ticket"
	said 'say word-1.1-7-3 note' 'rc word-1.1-7-3 0'
	finds 'word-1.1-7-3 is applied to 1.1, and  is open'
}

@test "a word that was not accepted, or that nobody said, is in no history" {
	sed -i 's/^rc word-1.1-7-2 0/rc word-1.1-7-2 3/' "$C/said"
	finds 'word-1.1-7-2 (done) was not accepted, and is applied'
	sed -i '/word-1.1-7-2/d' "$C/said"
	finds 'nobody said word-1.1-7-2'
}

@test "two workers" {
	said 'two 1.1'
	finds 'two workers: 1.1 found the lock of its ticket taken'
}
