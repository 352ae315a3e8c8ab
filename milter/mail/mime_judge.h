/*
 * Which doubts involve an attachment: those where the ways of reading come to
 * different files. For the files of the MIME reader alone.
 */
#ifndef GATEPOST_MAIL_MIME_JUDGE_H
#define GATEPOST_MAIL_MIME_JUDGE_H

#include "mime_tree.h"

/*
 * Whether the leaf could be a file: it has a name or a disposition that says
 * so, a type other than a text's, or content that no text begins with.
 */
bool judge_is_file(const struct mime_part *, bool attachment);
/* What two leaves share that have the same bytes, white space at the end aside. */
uint64_t judge_content(const unsigned char *bytes, size_t len);
/* Sets `attachment` of all doubts, and brings the list down to the limit. */
void judge(struct mime_tree *);

#endif
