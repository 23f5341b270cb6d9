#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# A spool full of rubbish, and a worker that says far too much.  Where there is one, on a file system in
# memory: it is the supervisor that is looked at, not the disk.
load world
load bad
setup() {
	world_up
	N=2000
	RAM=
	if [ -w /dev/shm ] && [ "$(stat -f -c %T /dev/shm)" = tmpfs ] &&
		[ "$(($(stat -f -c '%a * %S' /dev/shm)))" -gt 400000000 ]; then
		RAM=$(mktemp -d /dev/shm/reeve.XXXXXX)
		mv "$REEVE_STATE" "$RAM/state"
		export REEVE_STATE=$RAM/state
		N=20000
	fi
	S=$REEVE_STATE
}
teardown() {
	world_down
	[ -z "$RAM" ] || rm -rf "$RAM"
}

rss_kb() { awk '/^RssAnon/ { print $2 }' "/proc/$REEVED/status"; }
count() { find "$S/spool/$1" -name "$2" | wc -l; }
empty() { [ -z "$(find "$S/spool/new" -type f -print -quit)" ]; }

# Junk, empty files, names that are none, signals for no ticket, and wrong nonces for ticket 1.
rubbish() {
	awk -v n="$N" -v dir="$S/spool/new" -v nonce="$(printf '%064d' 0)" 'BEGIN {
		for (i = 0; i < n; i++) {
			if (i % 4 == 0) { name = "junk" i ".json"; text = "{" }
			else if (i % 4 == 1) { name = "x" i; text = "" }
			else {
				ticket = i % 4 == 2 ? 77 : 1
				name = "20260101T000000Z." ticket ".1.9." i ".json"
				text = "{\"ticket\":\"" ticket "\",\"kind\":\"DONE\",\"nonce\":\"" nonce "\"}"
			}
			printf "%s", text >(dir "/" name)
			close(dir "/" name)
		}
	}'
}

@test "20,000 files in spool/new at the start and as many under way: right ones are applied, commands answered (D-35 X-26)" {
	mkfifo "$BATS_TEST_TMPDIR/go"
	new 'parked' 'true' --park
	rubbish
	printf '{"kind":"create","actor":"person:ann","title":"among them","repo":"app","want":"park"}' >"$S/spool/new/20260101T000001Z.cmd.1.json"
	start_supervisor
	# among the first of them, and long before the last
	[ "$(new 'asked for meanwhile' "read -r _ <$BATS_TEST_TMPDIR/go; $(work hello.txt)")" -le 3 ]
	left=$(count new '*')
	echo "# $left files were left then"
	[ "$left" -gt $((N / 4)) ]
	grep -ql 'Title: among them' "$S"/tickets/*/ticket
	wait_for 60 empty
	id=$(grep -l 'Title: asked for' "$S"/tickets/*/ticket | sed 's|.*/tickets/||; s|/ticket||')
	wait_for 20 is_phase "$id" working
	# all of them are there when the report comes, however slow its worker is
	freeze "$REEVED"
	rubbish
	timeout 60 sh -c "echo >$BATS_TEST_TMPDIR/go"
	wait_for 20 compgen -G "$S/spool/new/*Z.$id.1.*.json"
	kill -CONT "$REEVED"
	wait_for 30 is_phase "$id" human-review
	left=$(count new '*')
	echo "# $left files were left then"
	[ "$left" -gt 0 ]
	wait_for 120 empty
	grep -q libasan "/proc/$REEVED/maps" || [ "$(rss_kb)" -lt 30000 ]
	[ "$(count refused '*.json')" -ge $((N * 3 / 2)) ]
	kill -0 "$REEVED"
}

@test "ten thousand notes of one episode: refused as a flood after the first ones, said once, its DONE counts (X-26)" {
	local n=10000
	[ "$N" = 20000 ] || n=3000
	start_supervisor
	mkfifo "$BATS_TEST_TMPDIR/go"
	new 'flood' "read -r _ <$BATS_TEST_TMPDIR/go
		awk -v n=$n -v nonce=\$REEVE_NONCE -v dir=\$REEVE_STATE/spool/new 'BEGIN { for (i = 0; i < n; i++) {
			f = dir \"/20260101T000000Z.1.1.\" i \".json\"
			printf \"{\\\"ticket\\\":\\\"1\\\",\\\"kind\\\":\\\"NOTE\\\",\\\"nonce\\\":\\\"%s\\\",\\\"body\\\":\\\"%d\\\"}\", nonce, i >f
			close(f) } }'
		$(work hello.txt)"
	wait_for 20 is_phase 1 working
	freeze "$REEVED"
	timeout 60 sh -c "echo >$BATS_TEST_TMPDIR/go"
	spoken() { compgen -G "$S/spool/new/*Z.1.1.*[0-9a-f][0-9a-f][0-9a-f][0-9a-f].json" | grep -qv 20260101T; }
	wait_for 30 spoken
	kill -CONT "$REEVED"
	wait_for 60 empty
	wait_for 20 is_phase 1 human-review
	[ "$(grep -c 'too much is said of it' "$BATS_TEST_TMPDIR/reeved.log")" = 1 ]
	[ "$(grep -c refused "$BATS_TEST_TMPDIR/reeved.log")" -le 2 ]
	[ "$(grep -c ' NOTE ' "$S/tickets/1/ticket")" = 2000 ]
	[ "$(count refused '*.why')" = $((n - 2000)) ]
	grep -q '^reason: flood$' "$S"/spool/refused/20260101T000000Z.1.1.2999.why
	stop_supervisor
	reeve fsck
}

@test "hundreds of refused reports of one episode: each is kept with its reason, few messages tell of them, its DONE counts (X-26)" {
	local n=500 in=$S/tickets/1/episodes/1/inbox/new
	start_supervisor
	mkfifo "$BATS_TEST_TMPDIR/go"
	new 'again and again' "read -r _ <$BATS_TEST_TMPDIR/go
		awk -v n=$n -v nonce=\$REEVE_NONCE -v dir=\$REEVE_STATE/spool/new 'BEGIN { for (i = 0; i < n; i++) {
			f = dir \"/20260101T000000Z.1.1.\" i \".json\"
			printf \"{\\\"ticket\\\":\\\"1\\\",\\\"kind\\\":\\\"%s\\\",\\\"nonce\\\":\\\"%s\\\",\\\"body\\\":\\\"%d\\\"}\", i % 2 ? \"FAIL\" : \"PASS\", nonce, i >f
			close(f) } }'
		$(work hello.txt)"
	wait_for 20 is_phase 1 working
	timeout 60 sh -c "echo >$BATS_TEST_TMPDIR/go"
	wait_for 60 is_phase 1 human-review
	wait_for 20 empty
	[ "$(find "$in" -name '1.refused.*.json' | wc -l)" = 9 ]
	[ "$(cat "$in"/1.refused.*.json | grep -c 'no message tells of any more')" = 1 ]
	[ "$(count refused '*.json')" = $n ]
	[ "$(count refused '*.why')" = $n ]
	grep -qx 'file: 20260101T000000Z.1.1.499.json' "$S"/spool/refused/20260101T000000Z.1.1.499.why
	grep -qx 'kind: FAIL' "$S"/spool/refused/20260101T000000Z.1.1.499.why
	grep -qx 'kind: PASS' "$S"/spool/refused/20260101T000000Z.1.1.498.why
	[ "$(reeve status --json | jq '.refused | length')" = $n ]
	stop_supervisor
	reeve fsck
}
