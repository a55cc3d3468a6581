/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of suspects and their entries, as case files and `tryst lists` write them. */
#ifndef TRYST_REPORT_JSON_LISTS_H
#define TRYST_REPORT_JSON_LISTS_H

#include "base/json.h"
#include "hunt/case.h"

/* Writes into the object of a list what all of them say of it: path, format, how many entries. */
void tryst_json_list(struct tryst_json *j, const struct tryst_list_info *info);

/* Writes the key watchlists. */
void tryst_json_watchlists(struct tryst_json *j, const struct tryst_watchlist *w);

/* Writes the key remarks of a list: what was rejected, or is doubtful. */
void tryst_json_remarks(struct tryst_json *j, const struct tryst_watchlist *w, uint32_t list);

/* Writes what the list says of the entry beside its address: source, times, confidence, TLP. */
void tryst_json_entry_details(struct tryst_json *j, const struct tryst_indicator *i);

#endif
