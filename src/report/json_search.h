/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRYST_REPORT_JSON_SEARCH_H
#define TRYST_REPORT_JSON_SEARCH_H

#include "base/json.h"
#include "hunt/case.h"

/* search and findings, of a case that a search without a list made; else nothing. */
void tryst_json_search(struct tryst_json *j, const struct tryst_case *c);

#endif
