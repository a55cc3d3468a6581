/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRYST_REPORT_JSON_COMPANIONS_H
#define TRYST_REPORT_JSON_COMPANIONS_H

#include "base/json.h"
#include "hunt/case.h"

/* Writes the keys around, companions and companions_untested into the open object. */
void tryst_json_companions(struct tryst_json *j, const struct tryst_case *c);

#endif
