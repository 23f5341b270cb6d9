/* SPDX-License-Identifier: GPL-2.0-only */
/* outcome.json, read again for whoever shows it. */
#include "base/base.h"

#include "codec/json.h"
#include "codec/report_json.h"

#define REPORT_DEPTH 4

static int
report_get(const json_t *o, const char *key, char **ret, struct err *err)
{
	struct str s;

	if (json_get_str(o, key, &s, err) < 0)
		return ERR_INVALID;
	if (s.len > 0)
		*ret = xstrndup(s.p, s.len);
	return 0;
}

int
report_outcome_load(struct str bytes, struct report_outcome *ret, struct err *err)
{
	_cleanup_(json_drop) json_t *o = NULL;
	struct report_outcome oc = { 0 };
	bool has;

	if (json_open(bytes, REPORT_DEPTH, &o, err) < 0)
		return ERR_INVALID;
	if (report_get(o, "status", &oc.status, err) < 0 ||
	    report_get(o, "summary", &oc.summary, err) < 0 ||
	    report_get(o, "root_cause", &oc.root_cause, err) < 0 ||
	    json_get_bool(o, "safe_retry", &has, &oc.safe_retry, err) < 0 ||
	    report_get(o, "stop_condition", &oc.stop_condition, err) < 0 ||
	    report_get(o, "human_input_required", &oc.human_input, err) < 0 ||
	    json_get_list(o, "next_actions", &oc.next_actions, err) < 0 ||
	    json_get_list(o, "artifacts", &oc.artifacts, err) < 0) {
		report_outcome_release(&oc);
		return ERR_INVALID;
	}
	*ret = oc;
	return 0;
}

void
report_outcome_release(struct report_outcome *o)
{
	char **texts[] = { &o->status, &o->summary, &o->root_cause, &o->stop_condition,
		&o->human_input };

	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		set_charp(texts[i], NULL);
	strvec_release(&o->next_actions);
	strvec_release(&o->artifacts);
}
