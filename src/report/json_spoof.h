/* SPDX-License-Identifier: Apache-2.0 */
/* Whether sources are forged, in the case file. */
#ifndef TRYST_REPORT_JSON_SPOOF_H
#define TRYST_REPORT_JSON_SPOOF_H

#include "base/json.h"
#include "hunt/case.h"

/* Writes the key spoof, of a meeting or of a listed host, into the open object. */
void tryst_json_spoof(struct tryst_json *j, const struct tryst_spoof *spoof);

#endif
