/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The table: every cell written.  A line is an event, a column a phase, a word a row's function; `no` is a
 * cell without a row: it cannot happen in this phase, and is refused.
 */
#include "base/base.h"

#include "core/lifecycle_rows.h"

#define no    row_illegal
#define accpt row_accept
#define adopt row_adopt
#define amend row_amend
#define answr row_answer
#define assgn row_assign
#define cancl row_cancel
#define claim row_claimed
#define close row_closed
#define confl row_conflict
#define creat row_create
#define deliv row_delivered
#define edit  row_edit
#define envir row_environment
#define expir row_expired
#define fail  row_fail
#define gated row_gated
#define gfail row_gate_failed
#define held  row_held
#define hkbad row_hook_failed
#define hkrun row_hook_run
#define inten row_intent
#define kept  row_kept
#define land  row_land
#define mend  row_mended
#define merge row_merged
#define moved row_moved
#define never row_not_started
#define note  row_note
#define park  row_park
#define pass  row_pass
#define prund row_pruned
#define prune row_prune
#define quest row_question
#define rejct row_reject
#define remnd row_remind
#define reopn row_reopen
#define retry row_retry
#define route row_route
#define start row_start
#define tell  row_tell
#define unprk row_unpark
#define wdraw row_withdrawn
#define role  row_wrong_role

/* clang-format off */
static row_fn *const table[EVENT_COUNT][PHASE_COUNT] = {
	/*                          unbrn  parkd  ready  strtg  workg  askng  delvd  revst  revwg  human  apprv  mergg  attn   done   cancd */
	[EVENT_DONE]          = { no,    no,    no,    no,    deliv, deliv, no,    no,    role,  no,    no,    no,    no,    no,    no },
	[EVENT_REVIEW]        = { no,    no,    no,    no,    deliv, deliv, no,    no,    role,  no,    no,    no,    no,    no,    no },
	[EVENT_QUESTION]      = { no,    no,    no,    no,    quest, quest, no,    no,    quest, no,    no,    no,    no,    no,    no },
	[EVENT_PASS]          = { no,    no,    no,    no,    role,  pass,  no,    no,    pass,  no,    no,    no,    no,    no,    no },
	[EVENT_FAIL]          = { no,    no,    no,    no,    role,  fail,  no,    no,    fail,  no,    no,    no,    no,    no,    no },
	[EVENT_NOTE]          = { no,    no,    no,    no,    note,  note,  no,    no,    note,  no,    no,    no,    no,    no,    no },
	[EVENT_START]         = { no,    no,    start, no,    no,    no,    start, no,    no,    no,    no,    no,    no,    no,    no },
	[EVENT_CLAIMED]       = { no,    no,    no,    claim, no,    no,    no,    claim, no,    no,    no,    no,    no,    no,    no },
	[EVENT_NEVER_STARTED] = { no,    no,    never, never, never, never, never, never, never, never, never, no,    never, no,    no },
	[EVENT_ENV_FAILED]    = { no,    no,    envir, envir, no,    no,    envir, envir, no,    no,    envir, envir, no,    no,    no },
	[EVENT_CLOSED]        = { no,    no,    close, close, close, close, close, close, close, close, close, no,    close, no,    no },
	[EVENT_EXPIRED]       = { no,    no,    expir, expir, expir, expir, expir, expir, expir, expir, expir, no,    expir, no,    no },
	[EVENT_ROUTE]         = { no,    no,    no,    no,    no,    no,    route, no,    no,    no,    no,    no,    no,    no,    no },
	[EVENT_INTENT]        = { no,    no,    no,    no,    no,    no,    no,    no,    no,    no,    inten, no,    no,    no,    no },
	[EVENT_MERGED]        = { no,    no,    no,    no,    no,    no,    no,    no,    no,    no,    no,    merge, no,    no,    no },
	[EVENT_MOVED]         = { no,    no,    no,    no,    no,    no,    no,    no,    no,    no,    no,    moved, no,    no,    no },
	[EVENT_HELD]          = { no,    no,    no,    no,    no,    no,    no,    no,    no,    no,    held,  held,  no,    no,    no },
	[EVENT_CONFLICT]      = { no,    no,    no,    no,    no,    no,    confl, no,    no,    no,    confl, no,    no,    no,    no },
	[EVENT_GATED]         = { no,    no,    no,    no,    no,    no,    gated, no,    no,    no,    gated, no,    no,    no,    no },
	[EVENT_GATE_FAILED]   = { no,    no,    no,    no,    no,    no,    gfail, no,    no,    no,    gfail, no,    no,    no,    no },
	[EVENT_MENDED]        = { no,    mend,  mend,  mend,  mend,  mend,  mend,  mend,  mend,  mend,  mend,  mend,  mend,  no,    no },
	[EVENT_REMIND]        = { no,    no,    no,    no,    remnd, remnd, no,    no,    remnd, remnd, no,    no,    remnd, no,    no },
	[EVENT_WITHDRAWN]     = { no,    no,    no,    no,    no,    no,    no,    no,    no,    no,    no,    wdraw, no,    no,    no },
	[EVENT_HOOK_RUN]      = { no,    no,    no,    no,    no,    no,    no,    no,    no,    no,    no,    no,    no,    hkrun, no },
	[EVENT_HOOK_FAILED]   = { no,    no,    no,    no,    no,    no,    no,    no,    no,    no,    no,    no,    no,    hkbad, no },
	[EVENT_PRUNED]        = { no,    prund, prund, prund, prund, prund, prund, prund, prund, prund, prund, prund, prund, prund, prund },
	[EVENT_KEPT]          = { no,    no,    no,    no,    no,    no,    no,    no,    no,    no,    no,    no,    no,    kept,  kept },
	[EVENT_CREATE]        = { creat, no,    no,    no,    no,    no,    no,    no,    no,    no,    no,    no,    no,    no,    no },
	[EVENT_PARK]          = { no,    park,  park,  park,  park,  park,  park,  park,  park,  park,  park,  no,    park,  no,    no },
	[EVENT_UNPARK]        = { no,    unprk, unprk, unprk, unprk, unprk, unprk, unprk, unprk, unprk, unprk, no,    unprk, no,    no },
	[EVENT_EDIT]          = { no,    edit,  edit,  edit,  edit,  edit,  edit,  edit,  edit,  edit,  edit,  no,    edit,  no,    no },
	[EVENT_ASSIGN]        = { no,    assgn, assgn, assgn, assgn, assgn, assgn, assgn, assgn, assgn, assgn, no,    assgn, no,    no },
	[EVENT_RETRY]         = { no,    no,    retry, no,    no,    no,    retry, no,    no,    no,    retry, retry, retry, retry, no },
	[EVENT_CANCEL]        = { no,    cancl, cancl, cancl, cancl, cancl, cancl, cancl, cancl, cancl, cancl, no,    cancl, no,    no },
	[EVENT_REOPEN]        = { no,    no,    no,    no,    no,    no,    no,    no,    no,    no,    no,    no,    no,    reopn, reopn },
	[EVENT_ANSWER]        = { no,    no,    no,    no,    no,    answr, no,    no,    no,    no,    no,    no,    no,    no,    no },
	[EVENT_TELL]          = { no,    tell,  tell,  tell,  tell,  tell,  tell,  tell,  tell,  tell,  tell,  no,    tell,  no,    no },
	[EVENT_ACCEPT]        = { no,    no,    no,    no,    no,    no,    accpt, accpt, accpt, accpt, no,    no,    accpt, no,    no },
	[EVENT_REJECT]        = { no,    no,    no,    no,    no,    no,    rejct, rejct, rejct, rejct, no,    no,    rejct, no,    no },
	[EVENT_LAND]          = { no,    no,    no,    no,    no,    no,    no,    no,    no,    no,    land,  no,    no,    no,    no },
	[EVENT_ADOPT]         = { no,    adopt, adopt, adopt, adopt, adopt, adopt, adopt, adopt, adopt, adopt, no,    adopt, no,    no },
	[EVENT_AMEND]         = { no,    no,    no,    no,    no,    no,    amend, no,    no,    amend, amend, no,    no,    no,    no },
	[EVENT_PRUNE]         = { no,    no,    no,    no,    no,    no,    no,    no,    no,    no,    no,    no,    no,    prune, prune },
};
/* clang-format on */

row_fn *
lifecycle_row(enum phase phase, enum event_kind kind)
{
	row_fn *fn = table[kind][phase];

	if (!fn)
		BUG("no cell for %s in phase %s", event_name(kind), phase_name(phase));
	return fn;
}

const char *
lifecycle_cell(enum phase phase, enum event_kind kind)
{
	return lifecycle_row(phase, kind) == row_illegal ? "illegal" : "step";
}
