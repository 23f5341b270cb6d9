#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# usage: mutants.sh OUT   Plants one bug after another in a copy of src/ and lets the simulator look for it.
# Each line below: what it breaks | file | sed expression.  A bug that changes no line, or that no trace
# finds, is a failure.  MUTANT_TRACES: how many traces are tried (5000); ONLY=text: some of them.
set -eu
out=$1
traces=${MUTANT_TRACES:-5000}
mkdir -p "$out"
list=$(mktemp "$out/list.XXXXXX")
trap 'rm -f "$list"' EXIT
cat >"$list" <<'END'
nonce is not compared|src/core/lifecycle.c|s/is_current = ep->n > 0 .*/is_current = ep->n > 0;/
superseded worker is believed|src/core/lifecycle.c|s/return REFUSAL_SUPERSEDED;/return REFUSAL_NONE;/
closed episode is believed|src/core/lifecycle.c|s/if (!is_current || ep->state == EPISODE_NONE)/if (false)/
revision is not compared|src/core/lifecycle.c|s/e->expect_rev > 0 \&\& e->expect_rev != t->rev/false/
applied id is not looked for|src/engine/receive.c|s/ev->is_known = history_has_signal.*/ev->is_known = false;/
create is not looked for|src/engine/receive.c|s/if (receive_was_created(e, ev))/if (false)/
filed away before the commit|src/engine/receive.c|s/^\(	\*ret = FATE_DONE;\)$/\1 (void)spool_done(e->root, name, NULL);/
death is judged before the rescan|src/engine/drive.c|s/return e->scans >= it->judge_scan;/return true;/
closed while the ticket lock is held|src/core/reconcile.c|s/if (f->ticket_held)$/if (false)/
closed while the launcher lives|src/core/reconcile.c|s/if (f->launcher_held) {/if (f->launcher_held \&\& !is_term) {/
kill switch is not read before an episode is opened|src/engine/answer.c|s/answer_is_paused(e))/false)/
control\/stop is forgotten|src/engine/answer.c|s/ || root_control(e->root, "stop", NULL) != 0//
merged without the compare of the passed commit|src/core/lifecycle_report.c|s/t->passed = is_passed ? e->commit : (struct oid){ "" };/t->passed = e->commit;/
bad artifact is taken|src/engine/answer.c|s/it->artifact = r->answer == WORK_OK ? ARTIFACT_GOOD : ARTIFACT_BAD;/it->artifact = ARTIFACT_GOOD;/
signal is not synced|src/sys/file.c|s/r = io->ops->fsync(io, fd);/r = 0;/
new name of a ticket is not synced|src/sys/file.c|s/		r = file_sync_dir(io, place.dir, err);/		r = 0;/
done is not synced|src/store/spool.c|s/e = file_sync_dir(r->io, r->spool_done, result == 0 ? err : NULL);/e = 0;/
refused is not synced|src/store/spool_refuse.c|s/int e = file_sync_dir(r->io, r->spool_refused, err);/int e = 0;/
published name is not synced|src/store/spool.c|s/e = file_sync_dir(r->io, r->spool_new, err);/e = 0;/
claim is acted upon before it is durable|src/engine/drive.c|s/if (a->event == EVENT_CLAIMED) {/if (false) {/
unclear files count as facts|src/engine/drive.c|s/if (seen.is_unclear) {/if (false) {/
reason comes after the refused file|src/store/spool_refuse.c|s/		e = spool_move_refused(r, name, st, slot, err);/		e = 0;/
created ticket is not synced|src/store/tickets.c|s/		e = file_sync_dir(r->io, r->tickets, err);/		e = 0;/
claim ignores the ticket lock|src/run/claim.c|s/r = claim_lock(c, c->state_dir, c->ticket_lock_name.*/c->ticket_lock = c->io->ops->open(c->io, c->state_dir, c->ticket_lock_name, IO_READ | IO_WRITE); r = RUN_OK;/
claim copies the token|src/run/claim.c|s/int r = file_rename(c->io, c->dir, CLAIM_TOKEN, c->dir, CLAIM_CLAIMED, false, err);/int r = c->io->ops->link(c->io, c->dir, CLAIM_TOKEN, c->dir, CLAIM_CLAIMED) < 0 ? ERR_NOTFOUND : 0;/
report of what ended is forgotten|src/core/reconcile.c|s/if (f->has_signals)/if (false)/
answer does not stop who asked|src/core/lifecycle_command.c|/^row_answer/,/^}/s/row_stop_episode(t);//
unknown probe counts as free|src/engine/drive.c|s/seen->\(ticket\|launcher\) != PROBE_FREE/seen->\1 == PROBE_HELD/
END
rm -rf "$out/src" "$out/build"
mkdir -p "$out/src"
cp -Rp Makefile src tests templates state "$out/src"
found=0 missed=0 broken=
while IFS='|' read -r name file edit; do
	case $name in *"${ONLY:-}"*) ;; *) continue ;; esac
	[ -z "$broken" ] || cat "$broken" >"$out/src/$broken" # newer than what was made of it
	broken=$file
	sed -i "$edit" "$out/src/$file"
	if cmp -s "$file" "$out/src/$file"; then
		echo "NOT OK  $name: the expression changes nothing in $file"
		missed=$((missed + 1))
		continue
	fi
	if ! make -C "$out/src" --no-print-directory TEST=1 OPT=-O1 O="$out/build" "$out/build/tests/sim/sim" >"$out/log" 2>&1; then
		echo "NOT OK  $name: does not build, see $out/log"
		missed=$((missed + 1))
		continue
	fi
	if "$out/build/tests/sim/sim" --traces "$traces" --brief >"$out/log" 2>/dev/null; then
		echo "NOT OK  $name: not found in $traces traces"
		missed=$((missed + 1))
	else
		found=$((found + 1))
		echo "ok      $name: $(sed -n 's/^\([0-9]*\) traces.*/after \1 traces/p' "$out/log"): $(grep -a -m1 '^FAILED\|^not reached\|^seed .* failed' "$out/log" | sed 's/^FAILED //' | cut -c1-90)"
	fi
done <"$list"
echo "$found found, $missed missed"
[ "$missed" = 0 ]
