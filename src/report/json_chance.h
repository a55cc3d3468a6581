/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRYST_REPORT_JSON_CHANCE_H
#define TRYST_REPORT_JSON_CHANCE_H

#include "base/json.h"
#include "hunt/case.h"

/* Writes the keys chance and synchrony of a meeting into the open object. */
void tryst_json_chance(struct tryst_json *j, const struct tryst_meeting *m);

/* Writes the key background of the case into the open object. */
void tryst_json_background(struct tryst_json *j, const struct tryst_background *b);

#endif
