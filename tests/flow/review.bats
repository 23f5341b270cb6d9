#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Reviews, with the real programs: what a reviewer is told and what its verdict is worth; what a person sees before
# a verdict, comments, and a person's own commit on the branch.
load world
load bad
setup() {
	world_up
	mkfifo "$BATS_TEST_TMPDIR/go"
}
teardown() { world_down; }

# reviewer SCRIPT: who reviews what the agent `sh` made
reviewer() {
	printf '%s\n' "$1" >"$BATS_TEST_TMPDIR/reviewer"
	git config -f "$REEVE_STATE/config" agent.sh.reviewer "sh $BATS_TEST_TMPDIR/reviewer"
}

# Waits until somebody writes into go.
hold() {
	printf 'read -r _ <>%s' "$BATS_TEST_TMPDIR/go"
}
go() {
	echo >"$BATS_TEST_TMPDIR/go"
}

# drop NAME: a signal from stdin, as any program can leave one
drop() {
	cat >"$REEVE_STATE/spool/tmp/$1"
	mv "$REEVE_STATE/spool/tmp/$1" "$REEVE_STATE/spool/new/$1.json"
}

# why NAME REASON: it was refused for that
why() {
	grep -qx "reason: $2" "$REEVE_STATE/spool/refused/$1.why"
}
is_kept() {
	[ -e "$REEVE_STATE/spool/refused/$1.why" ] || [ -e "$REEVE_STATE/spool/done/$1.json" ]
}

has_lines() {
	[ -e "$2" ] && [ "$(wc -l <"$2")" -ge "$1" ]
}
is_episode() {
	[ "$(field "$1" .episode)" = "$2" ]
}
# Nobody works on it any more.
is_closed() {
	[ "$(field "$1" '.episodes[-1].state')" = closed ]
}

brief() {
	cat "$REEVE_STATE/tickets/$1/episodes/$2/brief.md"
}

# --- reviewers that are agents ---

@test "a reviewer has its own nonce and a detached worktree at the pinned commit, which goes with it; what passed lands (X-29)" {
	reviewer "{ echo \$REEVE_NONCE; echo \$REEVE_ROLE; pwd -P; git rev-parse HEAD; git symbolic-ref -q HEAD || echo detached; git status --porcelain | wc -l; } >$BATS_TEST_TMPDIR/seen
		echo mess >mess; git -c core.hooksPath= commit -q --allow-empty -m 'not the work'; reeve pass -m good"
	start_supervisor
	new 'reviewed' "echo \$REEVE_NONCE >$BATS_TEST_TMPDIR/author; pwd -P >>$BATS_TEST_TMPDIR/author; $(work one.txt)" --review agent --merge manual
	wait_for 30 is_phase 1 approved
	mapfile -t seen <"$BATS_TEST_TMPDIR/seen"
	mapfile -t author <"$BATS_TEST_TMPDIR/author"
	pinned=$(field 1 .pinned)
	[ "${#seen[0]}" = 64 ] && [ "${seen[0]}" != "${author[0]}" ]
	[ "${seen[1]}" = reviewer ]
	[ "${seen[2]}" != "${author[1]}" ]
	[ "${seen[3]}" = "$pinned" ]
	[ "${seen[4]}" = detached ]
	[ "${seen[5]}" = 0 ]
	# what passed is what was pinned, not what the reviewer made of it
	[ "$(field 1 .passed)" = "$pinned" ]
	wait_for 20 test ! -e "${seen[2]}"
	# nor what is on the branch by now
	git -C "$(field 1 .worktree)" commit -q --allow-empty -m 'not looked at'
	later=$(git -C "$REPO" rev-parse reeve/1-reviewed)
	reeve merge 1
	wait_for 20 is_phase 1 done
	git -C "$REPO" merge-base --is-ancestor "$pinned" main
	! git -C "$REPO" merge-base --is-ancestor "$later" main || return 1
	stop_supervisor
	reeve fsck
}

@test "a reviewer's brief: ticket, commit, base, how much it is, gates, earlier verdicts, how to decide (D-38 X-10)" {
	git config -f "$REEVE_STATE/config" repo.app.gate 'make test'
	git config -f "$REEVE_STATE/config" --add repo.app.gate 'sh lint.sh'
	reviewer "printf %s \"\$1\" >$BATS_TEST_TMPDIR/prompt.\$REEVE_EPISODE
		if [ \$REEVE_EPISODE = 1.2 ]; then reeve fail -m \"\$(printf 'say it \033[1mlouder')\"; else reeve pass -m good; fi"
	git config -f "$REEVE_STATE/config" agent.sh.reviewer "sh $BATS_TEST_TMPDIR/reviewer {prompt}"
	start_supervisor
	new 'say hello' "case \$REEVE_EPISODE in 1.1) echo hello >\"\$(printf 'a\\n\\033[2Jb')\"; $(work one.txt);; *) $(work two.txt);; esac" --review agent --merge manual
	wait_for 40 is_phase 1 approved
	first=$(git -C "$REPO" rev-parse "$(field 1 .pinned)~1")
	brief 1 2 >"$BATS_TEST_TMPDIR/brief"
	for words in '# Review of ticket 1: say hello' "judge the commit \`$first\`" \
		"git diff $(git -C "$REPO" rev-parse main)...$first" 'It is to land on `main`' \
		'    +1    -0  one.txt (new)' '    +1    -0  a\n\x1b[2Jb (new)' \
		'    2 files changed: 2 lines added, 0 removed' \
		'    make test' '    sh lint.sh' 'reeve pass -m' 'reeve fail -m'; do
		grep -qF -- "$words" "$BATS_TEST_TMPDIR/brief" || { echo "not in the brief: $words" >&2; cat "$BATS_TEST_TMPDIR/brief" >&2; return 1; }
	done
	plain cat "$BATS_TEST_TMPDIR/brief"
	# the prompt, which is an argument of the agent, is the same
	cmp "$BATS_TEST_TMPDIR/prompt.1.2" "$REEVE_STATE/tickets/1/episodes/2/brief.md"
	# the author got the words; the second reviewer knows the first verdict
	brief 1 3 | grep -qF 'say it \x1b[1mlouder'
	brief 1 4 | grep -qF 'say it \x1b[1mlouder'
	brief 1 4 | grep -qF '+1    -0  two.txt (new)'
}

@test "a gate that ran before the review: the reviewer is told, a person sees what it printed (D-38)" {
	git config -f "$REEVE_STATE/config" repo.app.gate 'sh -c "echo the gate looked; test -e one.txt"'
	git config -f "$REEVE_STATE/config" repo.app.gate-at review
	reviewer 'reeve pass -m good'
	start_supervisor
	new 'say hello' "$(work one.txt)" --review agent --merge manual
	wait_for 40 is_phase 1 approved
	brief 1 2 | grep -q 'They have passed on a trial merge of this commit'
	says 0 'the gates passed' reeve review 1
	says 0 '    the gate looked' reeve review 1
}

@test "a verdict for an older commit, of an older reviewer or of an author is refused, and changes nothing (D-13 A-19)" {
	reviewer "echo \$REEVE_NONCE >$BATS_TEST_TMPDIR/nonce.\$REEVE_EPISODE
		if [ \$REEVE_EPISODE = 1.2 ]; then reeve fail -m again; else $(hold); reeve pass -m good; fi"
	start_supervisor
	new 'reviewed' "echo \$REEVE_NONCE >$BATS_TEST_TMPDIR/nonce.\$REEVE_EPISODE
		case \$REEVE_EPISODE in
		1.1) reeve pass -m mine >$BATS_TEST_TMPDIR/pass.out 2>&1; echo \$? >$BATS_TEST_TMPDIR/pass.rc; $(work one.txt);;
		*) $(work two.txt);; esac" --review agent --merge manual
	wait_for 40 test -s "$BATS_TEST_TMPDIR/nonce.1.4"
	wait_for 20 is_phase 1 reviewing
	# of an author
	[ "$(cat "$BATS_TEST_TMPDIR/pass.rc")" = 3 ]
	grep -q 'wrong-role' "$BATS_TEST_TMPDIR/pass.out"
	new=$(field 1 .pinned)
	old=$(git -C "$REPO" rev-parse "$new~1")
	rev=$(field 1 .rev)
	# of this reviewer, for the older commit
	drop older <<<"{\"ticket\":\"1\",\"kind\":\"PASS\",\"nonce\":\"$(cat "$BATS_TEST_TMPDIR/nonce.1.4")\",\"commit\":\"$old\"}"
	# of the older reviewer, for the older and for the newer commit
	drop stale1 <<<"{\"ticket\":\"1\",\"kind\":\"PASS\",\"nonce\":\"$(cat "$BATS_TEST_TMPDIR/nonce.1.2")\",\"commit\":\"$old\"}"
	drop stale2 <<<"{\"ticket\":\"1\",\"kind\":\"PASS\",\"nonce\":\"$(cat "$BATS_TEST_TMPDIR/nonce.1.2")\",\"commit\":\"$new\"}"
	# of the author of what is judged, with the nonce that it had
	drop author <<<"{\"ticket\":\"1\",\"kind\":\"PASS\",\"nonce\":\"$(cat "$BATS_TEST_TMPDIR/nonce.1.3")\",\"commit\":\"$new\"}"
	for f in older stale1 stale2 author; do wait_for 10 is_kept "$f"; done
	why older wrong-commit
	why stale1 stale
	why stale2 stale
	why author stale
	# a person who looked at the older one
	says 1 'wrong-commit' reeve pass 1 --commit "$old"
	is_phase 1 reviewing
	[ "$(field 1 .rev)" = "$rev" ]
	go
	wait_for 20 is_phase 1 approved
	[ "$(field 1 .passed)" = "$new" ]
}

@test "a FAIL without words is none, of a reviewer, of a program, of a person (D-89)" {
	reviewer "echo \$REEVE_NONCE >$BATS_TEST_TMPDIR/nonce
		reeve fail; echo \$? >$BATS_TEST_TMPDIR/rc; reeve fail -m ' '; echo \$? >>$BATS_TEST_TMPDIR/rc; $(hold); reeve fail -m 'it is empty'"
	start_supervisor
	new 'reviewed' "case \$REEVE_EPISODE in 1.1) $(work one.txt);; *) $(hold);; esac" --review agent
	wait_for 20 test -s "$BATS_TEST_TMPDIR/nonce"
	wait_for 20 is_phase 1 reviewing
	drop mute <<<"{\"ticket\":\"1\",\"kind\":\"FAIL\",\"nonce\":\"$(cat "$BATS_TEST_TMPDIR/nonce")\",\"body\":\" \"}"
	wait_for 10 is_kept mute
	why mute needs-text
	says 2 'say what is wrong' reeve fail 1
	drop mute2 <<<'{"ticket":"1","kind":"fail","actor":"person:ann"}'
	wait_for 10 is_kept mute2
	why mute2 needs-text
	is_phase 1 reviewing
	go
	wait_for 20 is_phase 1 working
	[ "$(xargs <"$BATS_TEST_TMPDIR/rc")" = '2 2' ]
	brief 1 3 | grep -q 'it is empty'
	[ "$(field 1 .cycles)" = 1 ]
}

@test "a reviewer that dies costs the author nothing; the third FAIL asks a person (A-4 A-18 E-24)" {
	reviewer "case \$REEVE_EPISODE in *.2) kill -9 \$\$;; esac; reeve fail -m \"not good enough \$REEVE_EPISODE\""
	start_supervisor
	new 'never good' "echo >f\$REEVE_EPISODE; git add .; git commit -qm more; reeve done -m more" --review agent
	wait_for 60 is_phase 1 attention
	[ "$(field 1 .deaths)" = 0 ]
	[ "$(field 1 .cycles)" = 3 ]
	[ "$(field 1 '[.episodes[] | select(.role == "reviewer" and .ending == "died")] | length')" = 1 ]
	[ "$(field 1 '[.episodes[] | select(.role == "author" and .ending == "died")] | length')" = 0 ]
	blocked 1 'not good enough'
	stop_supervisor
	reeve fsck
}

@test "a FAIL by a child of a reviewer that has ended, or with its last breath: counted, and nobody reviews again (D-9 C-10)" {
	local i
	config '[defaults]' 'grace = 10s' 'slots = 8'
	reviewer "case \$REEVE_TICKET in
		1)	(trap '' TERM HUP; touch $BATS_TEST_TMPDIR/deaf; while kill -0 \$\$ 2>/dev/null; do :; done
			printf '{\"ticket\":\"1\",\"kind\":\"FAIL\",\"nonce\":\"%s\",\"body\":\"too late?\"}' \$REEVE_NONCE >\$REEVE_STATE/spool/tmp/late
			mv \$REEVE_STATE/spool/tmp/late \$REEVE_STATE/spool/new/late.json) &
			until [ -e $BATS_TEST_TMPDIR/deaf ]; do :; done; exit 0;;
		*)	reeve fail -m 'last words' --no-wait; kill -9 \$\$;;
		esac"
	start_supervisor
	for i in 1 2 3 4; do
		new "reviewed $i" "case \$REEVE_EPISODE in *.1) $(work "f$i");; *) $(hold);; esac" --review agent
	done
	for i in 1 2 3 4; do
		wait_for 30 is_episode "$i" "$i.3"
		wait_for 30 is_phase "$i" working
		[ "$(field "$i" .cycles)" = 1 ]
		[ "$(field "$i" '[.episodes[].role] | join(" ")')" = 'author reviewer author' ]
		wait_for 10 test -s "$REEVE_STATE/tickets/$i/episodes/3/brief.md"
	done
	brief 1 3 | grep -q 'too late?'
	for i in 2 3 4; do brief "$i" 3 | grep -q 'last words'; done
}

@test "what waits for a person is no running work: with one slot, three wait and the fourth starts (D-14)" {
	config '[defaults]' 'slots = 1'
	start_supervisor
	for i in 1 2 3; do new "t$i" "$(work "f$i")"; done
	for i in 1 2 3; do wait_for 30 is_phase "$i" human-review; done
	new 'fourth' "$(hold)"
	wait_for 20 is_phase 4 working
}

# --- a person looks ---

@test "review: the whole story in one document, printed where there is no terminal" {
	start_supervisor
	new 'say hello' "case \$REEVE_EPISODE in 1.1) $(work one.txt hello);; *) $(work one.txt HELLO);; esac"
	wait_for 20 is_phase 1 human-review
	reeve fail 1 -m 'say it louder'
	wait_for 20 is_episode 1 1.2
	wait_for 20 is_phase 1 human-review
	mkdir -p "$REEVE_STATE/tickets/1/gates"
	{ seq 1 100; printf 'all \033[2J good\n'; } >"$REEVE_STATE/tickets/1/gates/10-merge.log"
	echo 'an older one' >"$REEVE_STATE/tickets/1/gates/9-merge.log"
	run -0 reeve review 1
	for words in '1  say hello' 'waits for  needs a verdict' "reported   $(field 1 .pinned) by episode 1.2, " \
		'next       reeve pass 1' 'what was asked' 'what its author says' '    made one.txt' \
		'what was said before' '    say it louder' 'gates/10-merge.log, its last lines' 'all \x1b[2J good' 'commits' 'add one.txt' \
		' one.txt | 1 +' '+++ b/one.txt' '+HELLO'; do
		[[ $output == *"$words"* ]] || { echo "not there: $words" >&2; echo "$output" >&2; return 1; }
	done
	[[ $output != *$'\n    60\n'* ]] # of the gate only the end
	[[ $output != *'an older one'* ]]
	plain reeve review 1
	run -0 reeve review 1 --stat
	[[ $output == *' one.txt | 1 +'* ]]
	[[ $output != *'+HELLO'* ]]
	[ "$(reeve review 1 --json | jq -r '[.id, .waits_for_verdict, .start, .reported.episode, .reported.event, .summary, (.comments | length)] | map(tostring) | join(" ")')" = \
		"1 true $(git -C "$REPO" rev-parse main) 1.2 DONE made one.txt 0" ]
	# of what has landed, too
	reeve pass 1
	wait_for 20 is_phase 1 done
	run -0 reeve review 1
	[[ $output == *"does not wait for a person's verdict"* ]]
	[[ $output == *'+HELLO'* ]]
	[ -z "$(find "${TMPDIR:-/tmp}" -maxdepth 1 -name 'reeve-view-*' -user "$(id -u)" -newer "$BATS_TEST_TMPDIR/init.out")" ]
}

@test "review of a huge change is cut, and says so; the reviewer's brief is short (X-37)" {
	reviewer "$(hold)"
	start_supervisor
	new 'much' "yes 'a line of text that is not short' | head -c 20000000 >big; for i in \$(seq 300); do echo \$i >f\$i; done; $(work one.txt)" --review agent
	wait_for 40 is_phase 1 reviewing
	[ "$(brief 1 2 | wc -c)" -lt 20000 ]
	brief 1 2 | grep -q '^          binary  big (new)'
	brief 1 2 | grep -q 'and 202 more files'
	reeve review 1 >"$BATS_TEST_TMPDIR/out"
	tail -1 "$BATS_TEST_TMPDIR/out" | grep -q 'that is not all: `reeve diff 1`'
	[ "$(stat -c %s "$BATS_TEST_TMPDIR/out")" -lt 18000000 ]
}

@test "review of what is not delivered says so; in a worker it is refused, and without a ticket it is a report" {
	start_supervisor
	new 'first' "reeve review 1 >$BATS_TEST_TMPDIR/out 2>&1; echo \$? >$BATS_TEST_TMPDIR/rc; reeve review 1 -m x >>$BATS_TEST_TMPDIR/out 2>&1; echo \$? >>$BATS_TEST_TMPDIR/rc
		reeve comment 1 README -m x >>$BATS_TEST_TMPDIR/out 2>&1; echo \$? >>$BATS_TEST_TMPDIR/rc; $(hold); echo x >x; git add x; git commit -qm x; reeve review -m 'look at x'"
	wait_for 20 has_lines 3 "$BATS_TEST_TMPDIR/rc"
	wait_for 20 is_phase 1 working
	says 1 'no delivered commit to look at: it is working' reeve review 1
	says 1 'no ticket 7' reeve review 7
	says 3 'reeve review ID' reeve review
	says 2 'takes no words' reeve review 1 -m x
	go
	wait_for 20 is_phase 1 human-review
	[ "$(xargs <"$BATS_TEST_TMPDIR/rc")" = '1 2 1' ]
	grep -q "this is the operator's" "$BATS_TEST_TMPDIR/out"
	says 0 'look at x' reeve review 1
}

@test "review on a terminal: the user's pager, in colour; no program that the repository names is run (X-23)" {
	start_supervisor
	new 'hostile' "printf '* diff=evil merge=evil filter=evil\\n' >.gitattributes; printf 'a\\033[2Jb\\n-- x\\n' >one.txt
		for k in core.pager core.fsmonitor core.sshCommand pager.diff pager.log diff.external diff.evil.command diff.evil.textconv merge.evil.driver filter.evil.smudge filter.evil.clean gpg.program interactive.diffFilter; do
			git config \$k 'touch $BATS_TEST_TMPDIR/pwned; cat'; done
		git config log.showSignature true; mkdir -p .git-hooks; git add .gitattributes; git -c filter.evil.clean=cat add one.txt; git -c core.fsmonitor=false -c filter.evil.clean=cat commit -qm 'x'; rm -f $BATS_TEST_TMPDIR/pwned; reeve done --wip -m done"
	wait_for 20 is_phase 1 human-review
	rm -f "$BATS_TEST_TMPDIR/pwned"
	printf '#!/bin/sh\ncat >%s/paged\n' "$BATS_TEST_TMPDIR" >"$BATS_TEST_TMPDIR/pager"
	chmod +x "$BATS_TEST_TMPDIR/pager"
	run -0 env TERM=xterm GIT_PAGER= PAGER=false script -qec 'reeve review 1' /dev/null
	[[ $output == *$'\e[32m+a\\x1b[2Jb'* ]]
	[[ $output == *$'\e[32m+-- x'* ]]
	[[ $output != *$'\e[2J'* ]]
	run -0 env TERM=xterm PAGER="$BATS_TEST_TMPDIR/pager" script -qec 'env -u GIT_PAGER reeve review 1' /dev/null
	grep -q 'a.x1b.2Jb' "$BATS_TEST_TMPDIR/paged"
	# core.pager of the user's own configuration comes first
	rm "$BATS_TEST_TMPDIR/paged"
	git config --global core.pager "$BATS_TEST_TMPDIR/pager"
	run -0 env TERM=xterm PAGER=false script -qec 'env -u GIT_PAGER reeve review 1' /dev/null
	[ -s "$BATS_TEST_TMPDIR/paged" ]
	rm "$BATS_TEST_TMPDIR/paged"
	run -0 env TERM=xterm PAGER=false script -qec 'env -u GIT_PAGER reeve diff 1' /dev/null
	[ -s "$BATS_TEST_TMPDIR/paged" ]
	# who leaves early has seen enough
	run -0 env TERM=xterm GIT_PAGER='head -1 >/dev/null' script -qec 'reeve review 1' /dev/null
	[ ! -e "$BATS_TEST_TMPDIR/pwned" ]
	# git itself would have
	run -128 git -C "$REPO" --no-pager diff main...reeve/1-hostile
	[ -e "$BATS_TEST_TMPDIR/pwned" ]
}

# --- comments ---

@test "comment: kept with the lines that it is about, decides nothing, and is in the author's next brief by file (D-89)" {
	start_supervisor
	new 'say hello' "case \$REEVE_EPISODE in 1.1) printf 'one\\ntwo\\nthree\\n' >one.txt; $(work two.txt);; *) $(hold); $(work three.txt);; esac"
	wait_for 20 is_phase 1 human-review
	commit=$(field 1 .pinned)
	says 0 'reeve fail' reeve comment 1 two.txt -m 'what is this file for?'
	says 0 'kept' reeve comment '#1' one.txt:2-3 -F - <<<'these two lines'
	says 0 'kept' reeve comment 1 two.txt:1 -m 'text?'
	is_phase 1 human-review
	[ "$(field 1 .cycles)" = 0 ]
	run -0 reeve review 1
	[[ $output == *$'one.txt, lines 2-3 (revision '*$')\n    > two\n    > three\n    these two lines\n'* ]]
	[ "$(reeve review 1 --json | jq -c '[.comments[] | [.file, .line, .last_line, .text]]')" = \
		'[["two.txt",null,null,"what is this file for?"],["one.txt",2,3,"these two lines\n"],["two.txt",1,1,"text?"]]' ]
	[ "$(reeve review 1 --json | jq -r '.comments[1].commit')" = "$commit" ]
	says 0 'one.txt:2-3' reeve show 1
	# they are words enough for a FAIL
	says 0 'goes back to its author' reeve fail 1
	wait_for 20 is_phase 1 working
	brief 1 2 >"$BATS_TEST_TMPDIR/brief"
	[ "$(grep -c '^### ' "$BATS_TEST_TMPDIR/brief")" = 2 ]
	grep -A12 "on files of the commit $commit" "$BATS_TEST_TMPDIR/brief" | grep -A5 '^### two.txt' | grep -q 'what is this file for?'
	grep -A4 '^### one.txt' "$BATS_TEST_TMPDIR/brief" | grep -q '^> '
	grep -q 'See the 3 comments on this commit' "$BATS_TEST_TMPDIR/brief"
	go
	wait_for 20 is_phase 1 human-review
	# those were about the older commit
	says 2 'say what is wrong' reeve fail 1
	stop_supervisor
	reeve fsck
}

@test "comment: only on what is in the commit; hostile names and lines are inert (X-10)" {
	start_supervisor
	new 'odd names' "printf 'x\\033]0;owned\\a\\n' >\"\$(printf 'a\\n> b:3\\033[2J')\"; mkdir d; echo 1 >d/e:7; echo 1 >-x; ln -s /etc/passwd link; $(work one.txt)"
	wait_for 20 is_phase 1 human-review
	wait_for 20 is_closed 1
	rev=$(field 1 .rev)
	says 1 'has no file "nowhere"' reeve comment 1 nowhere:1 -m x
	says 1 'has 1 line in the commit' reeve comment 1 one.txt:2 -m x
	says 1 'has 1 line in the commit' reeve comment 1 one.txt:1-4000000000 -m x
	says 1 'names no lines' reeve comment 1 one.txt:0 -m x
	says 1 'has no file' reeve comment 1 ../app/one.txt -m x
	says 1 'has no file' reeve comment 1 "$REPO/README" -m x
	says 1 'has no file' reeve comment 1 ':(top)one.txt' -m x
	says 1 'has no file' reeve comment 1 'o*' -m x
	says 1 'has no file' reeve comment 1 '' -m x
	says 1 'is no file' reeve comment 1 d -m x
	says 1 'has no file' reeve comment 1 d/ -m x
	says 2 'say what of it' reeve comment 1 one.txt
	says 2 'say what of it' reeve comment 1 one.txt -m ' '
	[ "$(field 1 .rev)" = "$rev" ]
	says 0 'kept' reeve comment 1 d/e:7 -m 'the whole file'
	says 0 'kept' reeve comment 1 d/e:7:1 -m 'its line'
	says 0 'kept' reeve comment 1 -m 'a dash' -- -x:1
	says 0 'kept' reeve comment 1 "$(printf 'a\n> b:3\033[2J'):1" -m 'odd'
	[ "$(reeve review 1 --json | jq -c '[.comments[] | [.file, .line]]')" = '[["d/e:7",null],["d/e:7",1],["-x",1],["a\\n> b:3\\x1b[2J",1]]' ]
	plain reeve review 1
	plain reeve show 1
	plain reeve log 1
	reeve fail 1
	wait_for 20 test -s "$REEVE_STATE/tickets/1/episodes/2/brief.md"
	plain brief 1 2
}

@test "comment: where nothing is delivered it is about the tip of the branch; what lands or is over takes none (A-6)" {
	start_supervisor
	new 'works' "echo 1 >f; git add f; git commit -qm f; touch $BATS_TEST_TMPDIR/made; $(hold); $(work one.txt)" --merge manual
	wait_for 20 test -e "$BATS_TEST_TMPDIR/made"
	wait_for 20 is_phase 1 working
	says 0 'the worker that is on it now goes on without it' reeve comment 1 f:1 -m 'early'
	is_phase 1 working
	new 'never begun' true --park
	says 1 'has no work yet' reeve comment 2 README:1 -m x
	go
	wait_for 20 is_phase 1 human-review
	says 0 'of the commit' reeve review 1
	reeve pass 1
	wait_for 20 is_phase 1 approved
	says 0 'it was passed' reeve comment 1 one.txt -m 'late'
	reeve merge 1
	wait_for 20 is_phase 1 done
	says 1 'comment is for tickets that are' reeve comment 1 one.txt -m 'too late'
}

# --- a person's own commit ---

@test "amend: my commit in the worktree takes the place; the verdict is about it, one for the old is refused (D-13)" {
	start_supervisor
	new 'nearly' "$(work one.txt wrong)"
	wait_for 20 is_phase 1 human-review
	old=$(field 1 .pinned)
	tree=$(field 1 .worktree)
	wait_for 20 is_closed 1
	reeve comment 1 one.txt:1 -m 'I do this myself'
	echo right >"$tree/one.txt"
	git -C "$tree" commit -qam 'right'
	new=$(git -C "$tree" rev-parse HEAD)
	says 0 "the verdict is about ${new:0:12} from now on" reeve amend 1 -m 'one word'
	wait_for 20 is_phase 1 human-review
	[ "$(field 1 .pinned)" = "$new" ]
	run -0 reeve review 1
	[[ $output == *"reported   $new by person:"*'(amend), '* ]]
	[[ $output == *'one word'* ]]
	[[ $output == *'+right'* ]]
	[[ $output == *"of the commit ${old:0:12}"* ]]
	says 1 'wrong-commit' reeve pass 1 --commit "$old"
	says 1 'wrong-commit' reeve fail 1 -m x --commit "$old"
	# the comment was about the old one
	says 2 'say what is wrong' reeve fail 1
	is_phase 1 human-review
	reeve pass 1 --commit "$new"
	wait_for 20 is_phase 1 done
	[ "$(git -C "$REPO" show main:one.txt)" = right ]
}

@test "amend while a reviewer looks at the old commit is refused, with what to do; adopt stops the reviewer (D-13)" {
	reviewer "$(hold); reeve pass -m 'the old one is good'"
	start_supervisor
	new 'reviewed' "$(work one.txt)" --review agent --merge manual
	wait_for 30 is_phase 1 reviewing
	tree=$(field 1 .worktree)
	echo better >"$tree/one.txt"
	git -C "$tree" commit -qam better
	new=$(git -C "$tree" rev-parse HEAD)
	rev=$(field 1 .rev)
	says 1 'reeve adopt 1' reeve amend 1
	is_phase 1 reviewing
	[ "$(field 1 .rev)" = "$rev" ]
	says 0 "adopted ${new:0:12}; its reviewer is stopped first" reeve adopt 1 "$new"
	wait_for 20 is_episode 1 1.3
	wait_for 20 is_phase 1 reviewing
	brief 1 3 | grep -q "judge the commit \`$new\`"
	go
	wait_for 20 is_phase 1 approved
	[ "$(field 1 .passed)" = "$new" ]
}
