/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRYST_REPORT_JSON_FINDINGS_H
#define TRYST_REPORT_JSON_FINDINGS_H

#include "base/json.h"
#include "hunt/case.h"

/* Writes the keys hosts, sightings, meetings and those behind them into the open object. */
void tryst_json_findings(struct tryst_json *j, const struct tryst_case *c);

#endif
