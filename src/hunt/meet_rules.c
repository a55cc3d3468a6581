/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kinds of findings: names, explanations with their priors, who weighs, and the names of
 * numbers. To add a kind: a row here, a look in meet_look.c that makes candidates, and what it
 * weighs.
 */
#include "hunt/meet_judge.h"

#define COMMON "visits", "answered", "refused", "bytes_out", "bytes_in"

const struct tryst_meet_rule tryst_meet_rules[TRYST_MEET_KINDS] = {
	[TRYST_MEET_BEACON] = { "beacon",
	                        { "control", "software", "chance" },
	                        { .04, .3, .66 },
	                        tryst_meet_weigh_beacon,
	                        { COMMON, "kappa", "scale_ms", "gaps", "rita_score",
	                          "period_spread", "skips" } },
	[TRYST_MEET_REFUSED] = { "refused_beacon",
	                         { "control", "software", "chance" },
	                         { .04, .3, .66 },
	                         tryst_meet_weigh_beacon,
	                         { COMMON, "kappa", "scale_ms", "gaps", "rita_score",
	                           "period_spread", "skips" } },
	[TRYST_MEET_IRC] = { "irc",
	                     { "command", "chat", "chance" },
	                     { .05, .94, .01 },
	                     tryst_meet_weigh_irc,
	                     { COMMON, "members", "keepalive_ms", "keepalive_kappa",
	                       "together_log10_p", "window_ms", "hours" } },
	[TRYST_MEET_GROUP] = { "group",
	                       { "command", "schedule", "chance" },
	                       { .04, .16, .8 },
	                       tryst_meet_weigh_group,
	                       { COMMON, "members", NULL, NULL, NULL, "window_ms" } },
	[TRYST_MEET_RARE] = { "rare",
	                      { "meeting", "ordinary", "chance" },
	                      { .03, .67, .3 },
	                      tryst_meet_weigh_shared,
	                      { COMMON } },
	[TRYST_MEET_GAME] = { "game",
	                      { "rendezvous", "public", "chance" },
	                      { .02, .97, .01 },
	                      tryst_meet_weigh_game,
	                      { COMMON, "plays", "queries", "new_rate", "together_log10_p",
	                        "coverage", "browsers", "class_endpoints", "class_played",
	                        "rhythm" } },
	[TRYST_MEET_DIRECTION] = { "direction",
	                           { "masters_find_clients", "scanners", "chance" },
	                           { .1, .85, .05 },
	                           tryst_meet_weigh_direction,
	                           { NULL, NULL, NULL, NULL, NULL, "masters", "found", "probed",
	                             "shared" } },
	[TRYST_MEET_P2P] = { "p2p",
	                     { "overlay", "file_sharing", "chance" },
	                     { .1, .6, .3 },
	                     tryst_meet_weigh_overlay,
	                     { NULL, NULL, NULL, NULL, NULL, "peers", "most_shared",
	                       "mean_peers" } },
	[TRYST_MEET_LONG_LIVED] = { "long",
	                            { "control", "software", "chance" },
	                            { .05, .85, .1 },
	                            tryst_meet_weigh_long,
	                            { COMMON, "longest_ms", "packets_a_second", "packet_bytes" } },
};
