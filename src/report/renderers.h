/* SPDX-License-Identifier: Apache-2.0 */
/* The renderers that report/registry.c lists; everyone else asks the table. */
#ifndef TRYST_REPORT_RENDERERS_H
#define TRYST_REPORT_RENDERERS_H

#include "report/report.h"

extern const struct tryst_renderer tryst_renderer_text;
extern const struct tryst_renderer tryst_renderer_json;
extern const struct tryst_renderer tryst_renderer_html;

#endif
