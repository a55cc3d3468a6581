/* SPDX-License-Identifier: Apache-2.0 */
/* The renderers that report/registry.c lists; everyone else asks the table. */
#ifndef TRYST_REPORT_RENDERERS_H
#define TRYST_REPORT_RENDERERS_H

#include "report/report.h"

extern const struct tryst_renderer tryst_renderer_text;
extern const struct tryst_renderer tryst_renderer_json;
extern const struct tryst_renderer tryst_renderer_html;
extern const struct tryst_renderer tryst_renderer_md;
extern const struct tryst_renderer tryst_renderer_csv;
extern const struct tryst_renderer tryst_renderer_csv_meetings;
extern const struct tryst_renderer tryst_renderer_csv_hosts;
extern const struct tryst_renderer tryst_renderer_csv_companions;
extern const struct tryst_renderer tryst_renderer_csv_findings;
extern const struct tryst_renderer tryst_renderer_csv_search;
extern const struct tryst_renderer tryst_renderer_stix;
extern const struct tryst_renderer tryst_renderer_misp;
extern const struct tryst_renderer tryst_renderer_misp_sightings;
extern const struct tryst_renderer tryst_renderer_ecs;
extern const struct tryst_renderer tryst_renderer_zeek;
extern const struct tryst_renderer tryst_renderer_dshield;
extern const struct tryst_renderer tryst_renderer_cef;

#endif
