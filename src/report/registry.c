/* SPDX-License-Identifier: Apache-2.0 */
/* To add a renderer: write report/<name>.c, declare it in report/renderers.h, name it here. */
#include "report/renderers.h"

#include <string.h>

const struct tryst_renderer *const tryst_renderers[] = {
	&tryst_renderer_text,
	&tryst_renderer_json,
	&tryst_renderer_html,
	&tryst_renderer_md,
	&tryst_renderer_csv,
	&tryst_renderer_csv_meetings,
	&tryst_renderer_csv_hosts,
	&tryst_renderer_csv_companions,
	&tryst_renderer_csv_findings,
	&tryst_renderer_csv_search,
	&tryst_renderer_stix,
	&tryst_renderer_misp,
	&tryst_renderer_misp_sightings,
	&tryst_renderer_ecs,
	&tryst_renderer_zeek,
	&tryst_renderer_dshield,
	&tryst_renderer_cef,
	NULL,
};

const struct tryst_renderer *
tryst_renderer_find(const char *name)
{
	for (size_t i = 0; tryst_renderers[i]; i++) {
		if (!strcmp(tryst_renderers[i]->name, name))
			return tryst_renderers[i];
	}
	return NULL;
}
