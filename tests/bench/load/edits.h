/* The changes that a milter asks for at end of message (SMFIR_* but the final replies). */
#ifndef LOAD_EDITS_H
#define LOAD_EDITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/json.h"
#include "tally.h"

#define MAX_EDITS 1000

enum edit_result {
	EDIT_NONE, /* the packet is no edit */
	EDIT_OK,
	EDIT_QUARANTINE, /* well-formed, and the message is to be held */
	EDIT_BAD	 /* malformed, or an action that was not negotiated */
};

/*
 * Reads one packet, counts it, and, where j is not NULL, adds it as an object
 * to the open array. actions are those the milter negotiated (SMFIF_*).
 */
enum edit_result edits_read(
    char cmd, const char *data, size_t len, uint32_t actions, struct tally *, struct json *j);

#endif
