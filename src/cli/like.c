/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/like.h"

#include <inttypes.h>
#include <stdlib.h>

#include "cli/home.h"
#include "cli/say.h"

int
tryst_like_read(struct tryst_like *l, const struct tryst_settings *s, struct tryst_error *err)
{
	uint64_t elsewhere;
	int rc;

	if (!s->homes.count)
		return tryst_error_set(
			err, TRYST_ERR_USAGE,
			"--like needs --home NET, to know the local side of the log");
	rc = tryst_home_read(&l->home, &s->homes, err);
	if (rc == 0)
		rc = tryst_run_init(&l->run, s, s->likes.list, s->likes.count, err);
	if (rc == 0)
		rc = tryst_sim_trace_new(&l->trace, l->home, s->homes.count, s->memory, err);
	if (rc == 0)
		rc = tryst_run_go(&l->run, tryst_sim_trace_operator(l->trace), err);
	if (rc < 0)
		return rc;
	elsewhere = tryst_sim_trace_elsewhere(l->trace);
	if (elsewhere && !s->quiet)
		tryst_say("%" PRIu64 " records were left out: neither or both ends at home, or no "
		          "usable times",
		          elsewhere);
	return 0;
}

void
tryst_like_fini(struct tryst_like *l)
{
	tryst_sim_trace_free(l->trace);
	tryst_run_fini(&l->run);
	free(l->home);
}
