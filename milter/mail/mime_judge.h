/*
 * Which doubts involve an attachment: those where the ways of reading come to
 * different files. For the files of the MIME reader alone.
 */
#ifndef GATEPOST_MAIL_MIME_JUDGE_H
#define GATEPOST_MAIL_MIME_JUDGE_H

#include "mime_tree.h"
#include "transfer.h"

/*
 * Whether the leaf is a text that is shown in place: no name and no
 * disposition that makes it a file, a text's type, and content that does not
 * begin like a program, an archive or a document.
 */
bool judge_is_plain(const struct mime_part *, bool attachment);
/* What programs, archives and documents begin with, and no text does. */
bool judge_begins_like_file(const unsigned char *bytes, size_t len);
/* The letters of base64 and line ends, nothing else, and not just a word or two. */
bool judge_looks_like_base64(const unsigned char *bytes, size_t len);
/*
 * The encoding in which the content begins like a program or a document,
 * whether or not a field says so: some programs decode it as it is.
 * TRANSFER_UNKNOWN where it does in none.
 */
enum transfer judge_coding(const unsigned char *bytes, size_t len);
/*
 * Whether the content is a picture, or text that does not begin like a
 * program or a document: of no danger to who sees it, or does not, as a file.
 */
bool judge_is_harmless(const unsigned char *bytes, size_t len);
/* What two leaves share that have the same bytes, white space at the end aside. */
uint64_t judge_content(const unsigned char *bytes, size_t len);
/* Sets `attachment` of all doubts, and brings the list down to the limit. */
void judge(struct mime_tree *);

#endif
