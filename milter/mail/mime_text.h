/*
 * Files that stand in the text of a part: uuencoded, in yEnc or BinHex, or
 * behind Content- fields that no boundary makes a part of their own. For the
 * files of the MIME reader alone.
 */
#ifndef GATEPOST_MAIL_MIME_TEXT_H
#define GATEPOST_MAIL_MIME_TEXT_H

#include "mime_tree.h"

/* The first line that begins a field which makes a part of what follows, or n. */
size_t text_content_line(const unsigned char *s, size_t n);
/* Whether there is a uuencoded or other file in it that says where it begins. */
bool text_has_file(const unsigned char *s, size_t n);
/* Adds the files in the bytes of the part, where they are a text; `shown` where its type says so.
 */
void text_find_files(struct mime_tree *, unsigned part, bool shown);

#endif
