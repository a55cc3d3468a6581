/* SPDX-License-Identifier: Apache-2.0 */
/* The records of cases/sobig-f, in the order of their files. */
#include "fixture.h"

/* clang-format off */
const struct fixture_flow fixture_sobig[] = {
	{ .input = 0, .start = "2003-08-22T17:54:55.461128-04:00", .src = "24.206.75.137", .src_port = 42475,
	  .dst = "198.51.100.11", .dst_port = 27015, .proto = 17, .packets = 1, .bytes = 37,
	  .tos = 8, .ttl = 112, .ip_id = 39936 },
	{ .input = 0, .start = "2003-08-22T17:54:55.461143-04:00", .src = "24.197.143.132", .src_port = 42476,
	  .dst = "198.51.100.22", .dst_port = 27015, .proto = 17, .packets = 1, .bytes = 37,
	  .tos = 8, .ttl = 112, .ip_id = 39936 },
	{ .input = 0, .start = "2003-08-22T17:54:57.313217-04:00", .src = "68.50.208.96", .src_port = 32059,
	  .dst = "198.51.100.11", .dst_port = 27015, .proto = 17, .packets = 1, .bytes = 37,
	  .tos = 8, .ttl = 112, .ip_id = 39936 },
	{ .input = 0, .start = "2003-08-22T17:54:57.314355-04:00", .src = "67.73.21.6", .src_port = 32060,
	  .dst = "198.51.100.22", .dst_port = 27015, .proto = 17, .packets = 1, .bytes = 37,
	  .tos = 8, .ttl = 112, .ip_id = 39936 },
	{ .input = 0, .start = "2003-08-22T17:55:06.603626-04:00", .src = "61.38.187.59", .src_port = 30688,
	  .dst = "198.51.100.11", .dst_port = 27015, .proto = 17, .packets = 1, .bytes = 37,
	  .tos = 8, .ttl = 112, .ip_id = 39936 },
	{ .input = 0, .start = "2003-08-22T17:55:06.604748-04:00", .src = "65.92.80.218", .src_port = 30687,
	  .dst = "198.51.100.22", .dst_port = 27015, .proto = 17, .packets = 1, .bytes = 37,
	  .tos = 8, .ttl = 112, .ip_id = 39936 },
	{ .input = 0, .start = "2003-08-22T17:55:08.426720-04:00", .src = "24.33.66.38", .src_port = 61013,
	  .dst = "198.51.100.11", .dst_port = 27015, .proto = 17, .packets = 1, .bytes = 37,
	  .tos = 8, .ttl = 112, .ip_id = 39936 },
	{ .input = 0, .start = "2003-08-22T17:55:08.427805-04:00", .src = "12.158.102.205", .src_port = 61012,
	  .dst = "198.51.100.22", .dst_port = 27015, .proto = 17, .packets = 1, .bytes = 37,
	  .tos = 8, .ttl = 112, .ip_id = 39936 },
	{ .input = 1, .start = "2003-08-22T15:09:54-04:00", .src = "67.73.21.6", .src_port = 50416,
	  .dst = "192.0.2.27", .dst_port = 27015, .proto = 17, .packets = 1, .bytes = 37 },
	{ .input = 1, .start = "2003-08-22T15:10:00-04:00", .src = "12.232.104.221", .src_port = 64550,
	  .dst = "192.0.2.27", .dst_port = 27015, .proto = 17, .packets = 1, .bytes = 37 },
	{ .input = 1, .start = "2003-08-22T15:10:03-04:00", .src = "61.38.187.59", .src_port = 43445,
	  .dst = "192.0.2.27", .dst_port = 27015, .proto = 17, .packets = 1, .bytes = 37 },
	{ .input = 1, .start = "2003-08-22T15:10:07-04:00", .src = "67.9.241.67", .src_port = 17414,
	  .dst = "192.0.2.27", .dst_port = 27015, .proto = 17, .packets = 1, .bytes = 37 },
	{ .input = 1, .start = "2003-08-22T15:10:09-04:00", .src = "63.250.82.87", .src_port = 2956,
	  .dst = "192.0.2.27", .dst_port = 27015, .proto = 17, .packets = 1, .bytes = 37 },
	{ .input = 1, .start = "2003-08-22T15:10:12-04:00", .src = "24.197.143.132", .src_port = 18637,
	  .dst = "192.0.2.27", .dst_port = 27015, .proto = 17, .packets = 1, .bytes = 37 },
	{ .input = 1, .start = "2003-08-22T15:10:23-04:00", .src = "61.38.187.59", .src_port = 64072,
	  .dst = "192.0.2.27", .dst_port = 27015, .proto = 17, .packets = 1, .bytes = 37 },
	{ .input = 1, .start = "2003-08-22T15:10:31-04:00", .src = "67.73.21.6", .src_port = 27900,
	  .dst = "192.0.2.27", .dst_port = 27015, .proto = 17, .packets = 1, .bytes = 37 },
	{ .input = 1, .start = "2003-08-22T15:10:39-04:00", .src = "65.177.240.194", .src_port = 1448,
	  .dst = "192.0.2.27", .dst_port = 27015, .proto = 17, .packets = 1, .bytes = 37 },
	{ .input = 1, .start = "2003-08-22T15:10:46-04:00", .src = "63.250.82.87", .src_port = 33876,
	  .dst = "192.0.2.27", .dst_port = 27015, .proto = 17, .packets = 1, .bytes = 37 },
	{ .input = 1, .start = "2003-08-22T15:11:16-04:00", .src = "65.177.240.194", .src_port = 40713,
	  .dst = "192.0.2.27", .dst_port = 27015, .proto = 17, .packets = 1, .bytes = 37 },
	{ .input = 1, .start = "2003-08-22T15:11:18-04:00", .src = "61.38.187.59", .src_port = 58060,
	  .dst = "192.0.2.27", .dst_port = 27015, .proto = 17, .packets = 1, .bytes = 37 },
	{ .input = 2, .start = "2003-08-22T15:05:19-04:00", .src = "203.0.113.10", .src_port = 1033,
	  .dst = "218.147.164.29", .dst_port = 8998, .proto = 17 },
	{ .input = 2, .start = "2003-08-22T15:07:49-04:00", .src = "203.0.113.10", .src_port = 1033,
	  .dst = "24.202.91.43", .dst_port = 8998, .proto = 17 },
	{ .input = 2, .start = "2003-08-22T15:08:02-04:00", .src = "203.0.113.10", .src_port = 1445,
	  .dst = "24.210.182.156", .dst_port = 8998, .proto = 17 },
	{ .input = 2, .start = "2003-08-22T15:08:07-04:00", .src = "203.0.113.10", .src_port = 3836,
	  .dst = "61.38.187.59", .dst_port = 8998, .proto = 17 },
	{ .input = 2, .start = "2003-08-22T15:08:08-04:00", .src = "203.0.113.10", .src_port = 3103,
	  .dst = "68.50.208.96", .dst_port = 8998, .proto = 17 },
};

const size_t fixture_sobig_count = TRYST_ARRAY_SIZE(fixture_sobig);

const char fixture_sobig_list[] =
	"12.158.102.205\n"
	"12.232.104.221\n"
	"24.33.66.38\n"
	"24.197.143.132\n"
	"24.202.91.43\n"
	"24.206.75.137\n"
	"24.210.182.156\n"
	"61.38.187.59\n"
	"63.250.82.87\n"
	"65.92.80.218\n"
	"65.92.186.145\n"
	"65.95.193.138\n"
	"65.93.81.59\n"
	"65.177.240.194\n"
	"66.131.207.81\n"
	"67.9.241.67\n"
	"67.73.21.6\n"
	"68.38.159.161\n"
	"68.50.208.96\n"
	"218.147.164.29\n";
/* clang-format on */
