/* SPDX-License-Identifier: Apache-2.0 */
/* To add a renderer: write report/<name>.c, declare it in report/renderers.h, name it here. */
#include "report/renderers.h"

#include <string.h>

const struct tryst_renderer *const tryst_renderers[] = {
	&tryst_renderer_text,
	&tryst_renderer_json,
	&tryst_renderer_html,
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
