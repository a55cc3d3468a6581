/* SPDX-License-Identifier: Apache-2.0 */
/* The judgement of a meeting in the case file. */
#ifndef TRYST_REPORT_JSON_JUDGEMENT_H
#define TRYST_REPORT_JSON_JUDGEMENT_H

#include "base/json.h"
#include "hunt/case.h"

/* Writes the keys hypotheses, grade, verdict, missing, changes and evidence into the open object.
 */
void tryst_json_judgement(struct tryst_json *j, const struct tryst_judgement *judgement);

/* Writes the key evidence, an array of reasons with the records behind each. */
void tryst_json_evidence(struct tryst_json *j, const struct tryst_evidence_list *evidence);

#endif
