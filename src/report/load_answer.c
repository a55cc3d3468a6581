/* SPDX-License-Identifier: Apache-2.0 */
/* Evidence, judgements, forged sources: the parts that several objects have. */
#include "report/load_impl.h"

#include <string.h>

const struct tryst_load_key tryst_load_ref_item = {
	.kind = TRYST_LOAD_OBJECT,
	.size = sizeof(struct tryst_record_ref),
	.keys =
		(const struct tryst_load_key[]){
			{ .key = "input",
	                  .kind = TRYST_LOAD_NUMBER,
	                  TRYST_LOAD_AT(struct tryst_record_ref, input) },
			{ .key = "record",
	                  .kind = TRYST_LOAD_NUMBER,
	                  TRYST_LOAD_AT(struct tryst_record_ref, record) },
			{ 0 },
		},
};

static const struct tryst_load_key evidence_keys[] = {
	{ .key = "family",
	  .kind = TRYST_LOAD_SENTENCE,
	  .required = true,
	  TRYST_LOAD_AT(struct tryst_evidence, family) },
	{ .key = "llr",
	  .kind = TRYST_LOAD_REAL,
	  TRYST_LOAD_AT(struct tryst_evidence, llr),
	  TRYST_LOAD_KNOWN(struct tryst_evidence, scored) },
	{ .key = "text",
	  .kind = TRYST_LOAD_SENTENCE,
	  .required = true,
	  TRYST_LOAD_AT(struct tryst_evidence, text) },
	{ .key = "records",
	  .kind = TRYST_LOAD_ARRAY,
	  TRYST_LOAD_AT(struct tryst_evidence, refs),
	  TRYST_LOAD_COUNT(struct tryst_evidence, ref_count),
	  .item = &tryst_load_ref_item },
	{ 0 },
};

const struct tryst_load_key tryst_load_evidence_item = {
	.kind = TRYST_LOAD_OBJECT,
	.size = sizeof(struct tryst_evidence),
	.keys = evidence_keys,
};

static const char *
spoof_grade(unsigned i)
{
	static const char *const words[] = { "undecidable", "genuine", "probably_spoofed",
		                             "spoofed" };

	return i < TRYST_ARRAY_SIZE(words) ? words[i] : NULL;
}

const struct tryst_load_key tryst_load_spoof_keys[] = {
	{ .key = "untested",
	  .kind = TRYST_LOAD_SENTENCE,
	  TRYST_LOAD_AT(struct tryst_spoof, untested) },
	{ .key = "llr", .kind = TRYST_LOAD_REAL, TRYST_LOAD_AT(struct tryst_spoof, llr) },
	{ .key = "grade",
	  .kind = TRYST_LOAD_WORD,
	  TRYST_LOAD_AT(struct tryst_spoof, grade),
	  .word = spoof_grade },
	{ .key = "families",
	  .kind = TRYST_LOAD_NUMBER,
	  TRYST_LOAD_AT(struct tryst_spoof, families) },
	{ .key = "one_generator",
	  .kind = TRYST_LOAD_BOOL,
	  TRYST_LOAD_AT(struct tryst_spoof, one_generator) },
	{ .key = "purpose",
	  .kind = TRYST_LOAD_SENTENCE,
	  TRYST_LOAD_AT(struct tryst_spoof, purpose) },
	TRYST_LOAD_EVIDENCE(struct tryst_spoof, evidence),
	{ 0 },
};

#define POSTERIOR(k, h)                                                                            \
	{                                                                                          \
		.key = k, .kind = TRYST_LOAD_REAL,                                                 \
		TRYST_LOAD_AT(struct tryst_judgement, posterior[TRYST_HYPOTHESIS_##h])             \
	}

static const struct tryst_load_key hypotheses_keys[] = {
	POSTERIOR("rendezvous", RENDEZVOUS), POSTERIOR("spoofed", SPOOFED),
	POSTERIOR("popular", POPULAR),       POSTERIOR("scanners", SCANNERS),
	POSTERIOR("takedown", TAKEDOWN),     { 0 },
};

static int
hypotheses_done(struct tryst_load *l, const json_t *value, void *object)
{
	struct tryst_judgement *j = object;

	(void)l;
	(void)value;
	j->best = 0;
	for (unsigned h = 1; h < TRYST_HYPOTHESIS_COUNT; h++) {
		if (j->posterior[h] > j->posterior[j->best])
			j->best = (enum tryst_hypothesis)h;
	}
	return 0;
}

/* One letter. */
int
tryst_load_grade(struct tryst_load *l, const json_t *value, void *at)
{
	const char *text = json_string_value(value);

	if (!text || !*text || text[1] || !strchr("ABCDU", *text))
		return tryst_load_fail(l, "expected one of A, B, C, D, U");
	memcpy(at, text, 1);
	return 0;
}

const struct tryst_load_key tryst_load_judgement_keys[] = {
	{ .key = "hypotheses",
	  .kind = TRYST_LOAD_OBJECT,
	  .keys = hypotheses_keys,
	  .done = hypotheses_done },
	{ .key = "grade",
	  .kind = TRYST_LOAD_CUSTOM,
	  .required = true,
	  TRYST_LOAD_AT(struct tryst_judgement, grade),
	  .read = tryst_load_grade },
	{ .key = "verdict",
	  .kind = TRYST_LOAD_SENTENCE,
	  .required = true,
	  TRYST_LOAD_AT(struct tryst_judgement, verdict) },
	{ .key = "missing",
	  .kind = TRYST_LOAD_SENTENCE,
	  TRYST_LOAD_AT(struct tryst_judgement, missing) },
	{ .key = "changes",
	  .kind = TRYST_LOAD_ARRAY,
	  TRYST_LOAD_AT(struct tryst_judgement, changes),
	  TRYST_LOAD_COUNT(struct tryst_judgement, change_count),
	  .item = &tryst_load_sentence_item },
	TRYST_LOAD_EVIDENCE(struct tryst_judgement, evidence),
	{ 0 },
};
