/* SPDX-License-Identifier: Apache-2.0 */
/* The emitters, one file emit_<name>.c each; only the table of registry.c refers to them. */
#ifndef TRYST_RESPOND_EMITTERS_H
#define TRYST_RESPOND_EMITTERS_H

#include "respond/emit.h"

extern const struct tryst_emitter tryst_emitter_ios;
extern const struct tryst_emitter tryst_emitter_iosxr;
extern const struct tryst_emitter tryst_emitter_nxos;
extern const struct tryst_emitter tryst_emitter_junos;
extern const struct tryst_emitter tryst_emitter_eos;
extern const struct tryst_emitter tryst_emitter_sros;
extern const struct tryst_emitter tryst_emitter_routeros;
extern const struct tryst_emitter tryst_emitter_vyos;
extern const struct tryst_emitter tryst_emitter_frr;
extern const struct tryst_emitter tryst_emitter_frr_rtbh;
extern const struct tryst_emitter tryst_emitter_bird;
extern const struct tryst_emitter tryst_emitter_bird_flowspec;
extern const struct tryst_emitter tryst_emitter_openbgpd;
extern const struct tryst_emitter tryst_emitter_exabgp;
extern const struct tryst_emitter tryst_emitter_exabgp_api;
extern const struct tryst_emitter tryst_emitter_gobgp;
extern const struct tryst_emitter tryst_emitter_linux;
extern const struct tryst_emitter tryst_emitter_nftables;
extern const struct tryst_emitter tryst_emitter_ipset;
extern const struct tryst_emitter tryst_emitter_list;

#endif
