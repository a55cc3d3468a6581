/* SPDX-License-Identifier: Apache-2.0 */
/* The Community ID of a sighting, which several formats carry. */
#ifndef TRYST_REPORT_COMMUNITY_H
#define TRYST_REPORT_COMMUNITY_H

#include "base/community_id.h"
#include "hunt/case.h"

/*
 * Writes TRYST_COMMUNITY_ID_LEN characters, no NUL (seed 0).  False where it cannot be known: ports
 * or the ICMP type were not recorded.
 */
bool tryst_sighting_community_id(const struct tryst_sighting *s, char out[TRYST_COMMUNITY_ID_LEN]);

#endif
