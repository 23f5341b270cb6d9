#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# What a confused worker, a script or an enemy writes into the spool.
load world
load bad
setup() {
	world_up
	NEW=$REEVE_STATE/spool/new
	REFUSED=$REEVE_STATE/spool/refused
}
teardown() { world_down; }

# Ticket 1 and 2 work and wait; $nonce and $other are theirs.
two_workers() {
	start_supervisor
	mkfifo "$BATS_TEST_TMPDIR/go"
	new 'one' "echo \$REEVE_NONCE >$BATS_TEST_TMPDIR/nonce; read -r _ <$BATS_TEST_TMPDIR/go; $(work hello.txt)"
	new 'two' "echo \$REEVE_NONCE >$BATS_TEST_TMPDIR/other; exec sleep infinity"
	wait_for 20 is_phase 1 working
	wait_for 20 is_phase 2 working
	wait_for 5 test -s "$BATS_TEST_TMPDIR/nonce"
	wait_for 5 test -s "$BATS_TEST_TMPDIR/other"
	nonce=$(cat "$BATS_TEST_TMPDIR/nonce")
	other=$(cat "$BATS_TEST_TMPDIR/other")
}

# put NAME REST-OF-OBJECT: by tmp and mv
put() {
	printf '{"ticket":"1","nonce":"%s",%s}' "$nonce" "$2" >"$REEVE_STATE/spool/tmp/$1"
	mv "$REEVE_STATE/spool/tmp/$1" "$NEW/$1.json"
}

# refused NAME REASON [TEXT]: it is there, with that reason, and `reeve status` names it; discard removes both.
refused() {
	local file=$1 why
	why=$REFUSED/${file%.json}.why
	[ -e "$REFUSED/$file" ] || [ -L "$REFUSED/$file" ] || { echo "$file is not in refused/" >&2; ls -la "$NEW" "$REFUSED" >&2; return 1; }
	[ ! -e "$NEW/$file" ]
	if ! grep -q "^reason: $2\$" "$why" || ! grep -q "^text: .*${3:-}" "$why"; then
		echo "$file: wanted $2, $3" >&2
		cat "$why" >&2
		return 1
	fi
	says 1 "reeve discard $file" reeve status
	reeve discard "$file"
	[ ! -e "$REFUSED/$file" ]
	[ ! -e "$why" ]
}

# The workers noticed nothing, and the report of the first still counts.
untouched() {
	is_phase 1 working
	is_phase 2 working
	[ "$(field 1 .episode)" = 1.1 ]
	[ "$(field 1 .deaths)" = 0 ]
	[ "$(field 1 .rev)" = 3 ]
	[ -z "$(ls -A "$REFUSED")" ]
	echo >"$BATS_TEST_TMPDIR/go"
	wait_for 20 is_phase 1 human-review
}

@test "no JSON, too much, too deep, twice the same key, no UTF-8: refused with the place (X-6 B-2 A-19)" {
	two_workers
	: >"$NEW/empty.json"
	echo 'hello' >"$NEW/text.json"
	head -c 300000 /dev/zero | tr '\0' x >"$REEVE_STATE/spool/tmp/big"
	mv "$REEVE_STATE/spool/tmp/big" "$NEW/big.json"
	put deep "\"kind\":\"NOTE\",\"x\":$(printf '[%.0s' {1..1000})$(printf ']%.0s' {1..1000})"
	put twice '"kind":"NOTE","kind":"DONE"'
	put utf8 "$(printf '"kind":"NOTE","summary":"\xff\xfe"')"
	put nul '"kind":"NOTE","summary":"a\u0000b"'
	put kind '"kind":"FROB"'
	put lower '"kind":"done"'
	printf '{"ticket":"1","nonce":"%s"}' "$nonce" >"$NEW/nokind.json"
	printf '{"ticket":"1","nonce":"%s","kind":"NOTE"} x' "$nonce" >"$NEW/trail.json"
	printf '[1]' >"$NEW/array.json"
	timeout 60 reeve sync
	refused empty.json malformed 'it is empty'
	refused text.json malformed 'line 1'
	refused big.json too-big '256 KiB'
	refused deep.json malformed 'nested more than 16'
	refused twice.json malformed 'duplicate'
	refused utf8.json malformed 'UTF-8'
	refused nul.json malformed
	refused kind.json malformed 'agents say DONE'
	refused lower.json malformed 'upper case'
	refused nokind.json malformed kind
	refused trail.json malformed
	refused array.json malformed
	untouched
}

@test "links, pipes, sockets, directories: never opened, never followed (X-5)" {
	two_workers
	echo secret >"$BATS_TEST_TMPDIR/secret"
	ln -s "$BATS_TEST_TMPDIR/secret" "$NEW/sym.json"
	ln -s /nonexistent "$NEW/dangling.json"
	mkfifo "$NEW/fifo.json"
	mkdir "$NEW/dir.json"
	printf '{"ticket":"1","nonce":"%s","kind":"DONE"}' "$nonce" >"$BATS_TEST_TMPDIR/inside"
	ln "$BATS_TEST_TMPDIR/inside" "$NEW/hard.json"
	python3 -c 'import socket, sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])' "$NEW/sock.json"
	timeout 60 reeve sync
	refused sym.json unsafe 'symbolic link'
	refused dangling.json unsafe 'symbolic link'
	refused fifo.json unsafe 'pipe'
	refused dir.json unsafe 'directory'
	refused hard.json unsafe 'hard link'
	refused sock.json unsafe 'socket'
	[ "$(cat "$BATS_TEST_TMPDIR/secret")" = secret ]
	[ -s "$BATS_TEST_TMPDIR/inside" ]
	mkdir "$REEVE_STATE/spool/tmp/full"
	touch "$REEVE_STATE/spool/tmp/full/precious"
	mv "$REEVE_STATE/spool/tmp/full" "$NEW/full.json"
	timeout 60 reeve sync
	says 1 'is a directory with files in it' reeve discard full.json
	[ -e "$REFUSED/full.json/precious" ]
	rm -r "$REFUSED/full.json"
	says 0 discarded reeve discard full.json
	untouched
}

@test "names with blanks, newlines, odd bytes and 255 of them (X-7 X-8)" {
	two_workers
	long=$(printf '%0250d' 1).json
	for name in 'a b.json' $'\xff\xfe.json' $'new\nline.json' '#(touch x).json' '.hidden.json' 'noext' '-rf.json' "$long"; do
		printf '{"ticket":"1","nonce":"%s","kind":"DONE"}' "$nonce" >"$REEVE_STATE/spool/tmp/t"
		mv "$REEVE_STATE/spool/tmp/t" "$NEW/$name"
	done
	timeout 60 reeve sync
	[ -z "$(ls -A "$NEW")" ]
	plain reeve status
	refused 'a%20b.json' malformed 'letters, digits'
	refused '%FF%FE.json' malformed 'letters, digits'
	refused 'new%0Aline.json' malformed 'letters, digits'
	refused '%23%28touch%20x%29.json' malformed 'letters, digits'
	refused '%2Ehidden.json' malformed 'letters, digits'
	refused noext malformed 'letters, digits'
	for left in "$REFUSED"/*; do
		case $left in *.why) continue ;; esac
		reeve discard -- "${left##*/}"
	done
	no_file_x
	untouched
}

@test "identity: unknown ticket, no nonce, a wrong one, another ticket's, another store's (C-18 X-33 E-18)" {
	two_workers
	put99() { printf '{"ticket":"%s",%s"kind":"DONE"}' "$2" "$3" >"$NEW/$1.json"; }
	put99 unknown 99 "\"nonce\":\"$nonce\","
	put99 word abc "\"nonce\":\"$nonce\","
	put99 zero 0 "\"nonce\":\"$nonce\","
	put99 huge 99999999999 "\"nonce\":\"$nonce\","
	put99 none 1 ''
	put99 short 1 '"nonce":"abc",'
	put99 wrong 1 "\"nonce\":\"$(printf %064d 7)\","
	put99 theirs 1 "\"nonce\":\"$other\","
	put episode '"episode":"1.7","kind":"DONE"'
	put pass '"kind":"PASS"'
	timeout 60 reeve sync
	refused unknown.json unknown-ticket
	[ -e "$REFUSED/word.json" ] && reeve discard word.json
	[ -e "$REFUSED/zero.json" ] && reeve discard zero.json
	[ -e "$REFUSED/huge.json" ] && reeve discard huge.json
	refused none.json malformed nonce
	refused short.json invalid '64 hex digits'
	refused wrong.json unauthenticated
	refused theirs.json unauthenticated
	refused episode.json mismatch
	refused pass.json wrong-role
	untouched
}

@test "a DONE whose commit is none, not there, not on the branch (B-12 E-38)" {
	two_workers
	git commit -q --allow-empty -m elsewhere
	put none '"kind":"DONE","commit":"zzz"'
	put absent "\"kind\":\"DONE\",\"commit\":\"$(printf %040d 7)\""
	put blob "\"kind\":\"DONE\",\"commit\":\"$(git rev-parse HEAD:README)\""
	put elsewhere "\"kind\":\"DONE\",\"commit\":\"$(git rev-parse HEAD)\""
	put nothing '"kind":"DONE"'
	empty() { [ -z "$(ls -A "$NEW")" ]; }
	wait_for 20 empty
	timeout 60 reeve sync
	refused none.json invalid 'whole commit id'
	refused absent.json bad-artifact 'there is no commit'
	refused blob.json bad-artifact 'is a blob'
	refused elsewhere.json bad-artifact 'is not on the branch'
	refused nothing.json bad-artifact 'holds no commit beyond'
	untouched
}

@test "the unchanged base: a DONE that does not name it is refused, one that names it counts (E-36)" {
	two_workers
	base=$(git rev-parse HEAD)
	put unnamed '"kind":"DONE"'
	empty() { [ -z "$(ls -A "$NEW")" ]; }
	wait_for 20 empty
	refused unnamed.json bad-artifact 'holds no commit beyond'
	is_phase 1 working
	put named "\"kind\":\"DONE\",\"commit\":\"$base\""
	wait_for 20 is_phase 1 human-review
	[ "$(field 1 .pinned)" = "$base" ]
}

@test "a half-written file is left alone while its writer has it open, and counts once, whole (X-4)" {
	two_workers
	exec 5>"$NEW/held.json"
	printf '{"ticket":"1","nonce":"%s","kind":"NOTE",' "$nonce" >&5
	timeout 60 reeve sync
	[ -f "$NEW/held.json" ]
	[ "$(field 1 .rev)" = 3 ]
	printf '"body":"whole"}' >&5
	exec 5>&-
	wait_for 20 test -f "$REEVE_STATE/spool/done/held.json"
	[ "$(grep -c 'whole' "$REEVE_STATE/tickets/1/ticket")" -ge 1 ]
	[ "$(field 1 .rev)" = 4 ]
	exec 5>"$NEW/torn.json"
	printf '{"ticket":"1",' >&5
	exec 5>&-
	wait_for 20 test -e "$REFUSED/torn.json"
	is_phase 1 working
}
