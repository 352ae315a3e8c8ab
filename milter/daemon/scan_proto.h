/*
 * The channel to a scanner, a SOCK_SEQPACKET socketpair: a request with the
 * message as a sealed memory file; then any number of decoded parts, each a
 * sealed memory file, where they were asked for; then the result.
 */
#ifndef GATEPOST_DAEMON_SCAN_PROTO_H
#define GATEPOST_DAEMON_SCAN_PROTO_H

#include <stdint.h>

#include "filter/inspect.h"
#include "filter/result.h"
#include "mail/mime.h"

#define SCAN_MESSAGE_MAX (1u << 30) /* bytes of one message */
#define SCAN_HANDED_MAX 200	    /* decoded parts of one message that are handed back */
#define SCAN_HANDED_NAME 256	    /* bytes of the name of one, with its NUL */

struct scan_request {
	uint32_t seq;  /* comes back in all that answers it */
	uint32_t cpu;  /* seconds of processor time */
	uint64_t size; /* bytes of the message */
	struct scan_limits limits;
	struct mime_limits mime;
	uint32_t hand_parts; /* decoded parts wanted, at most SCAN_HANDED_MAX */
	uint32_t hashes;     /* 1: with a SHA-256 of each part */
	uint64_t hand_bytes; /* of all of them */
};

enum scan_answer_type {
	SCAN_PART = 1,	  /* head, name; one descriptor */
	SCAN_RESULT,	  /* head, result as result_write() makes it */
	SCAN_LAST_RESULT, /* the same, and the scanner ends: nothing more may be asked of it */
};

struct scan_head {
	uint32_t seq;
	uint32_t type;
	uint64_t size; /* SCAN_PART: bytes of the part; else 0 */
	uint64_t part; /* SCAN_PART: its line in the report; else 0 */
};

#define SCAN_ANSWER_MAX (sizeof(struct scan_head) + RESULT_MAX)

#endif
