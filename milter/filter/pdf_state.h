/*
 * A PDF while it is read: its dictionaries, its objects, and what is to be
 * looked at once all of them are known. For the files of the inspector of PDF
 * alone; pdf.h is its face.
 */
#ifndef GATEPOST_FILTER_PDF_STATE_H
#define GATEPOST_FILTER_PDF_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "inspect.h"
#include "pdf_crypt.h"
#include "pdf_lex.h"

#define PDF_FRAMES 64	 /* dictionaries within dictionaries; deeper ones share the last */
#define PDF_SOURCES 4096 /* streams of objects that are kept unpacked */
#define PDF_FILTERS 6
#define PDF_NAME_ROOM 128
#define PDF_MAX_FILES 5 /* of one attachment, for different systems */

/* Keys of dictionaries that matter. */
enum pdf_key {
	KEY_NONE,
	KEY_COLUMNS,
	KEY_EF,
	KEY_ENCRYPT,
	KEY_F,
	KEY_FILTER,
	KEY_FIRST,
	KEY_ID,
	KEY_JS,
	KEY_LENGTH,
	KEY_N,
	KEY_P,
	KEY_PREDICTOR,
	KEY_S,
	KEY_SUBTYPE,
	KEY_TYPE,
	KEY_UF,
	KEY_URI,
	KEY_WIN,
	KEY_XFA
};

/* What a name as a value tells about its dictionary. */
enum {
	IS_SCRIPT = 1,
	IS_LAUNCH = 2,
	IS_FILE = 4,
	IS_OBJECTS = 8,
	HAS_N = 16,
	HAS_FIRST = 32,
	IS_REMOTE = 64,
	UNREADABLE = 128,
	HAS_ID = 256,
	STARTS_OTHER = 512, /* a name of a file that is no PDF, or a command for Windows */
	HAS_FILTER = 1024,
	IS_PUZZLE = 2048 /* two lists of filters, or too long a one: readers choose */
};

/* A dictionary that is open, or the last one closed. */
struct pdf_frame {
	enum pdf_key key;   /* whose value is awaited */
	enum pdf_key owner; /* the key that this dictionary is the value of */
	unsigned arrays;
	unsigned flags;
	long length, n, first, columns, predictor;
	uint8_t filter[PDF_FILTERS];
	unsigned nfilters;
	bool unknown_filter;
	char name[PDF_NAME_ROOM];  /* of a file */
	long file;		   /* the object that an action leads to */
	long files[PDF_MAX_FILES]; /* objects that are its content */
	unsigned nfiles;
};

struct pdf_indirect {
	uint32_t number;
	uint32_t source; /* 0: the file; otherwise an unpacked stream */
	size_t begin;	 /* behind "obj" */
	size_t stream, len;
	uint8_t filter[PDF_FILTERS];
	uint16_t flags;
	bool done;	 /* its file was looked into */
	uint32_t looked; /* what for (1 << enum pdf_key): told at the first of its number */
	uint16_t generation;
	int32_t n, first; /* of a stream of objects */
	uint32_t columns;
};

/* Objects that are to be looked at once all are known. */
struct pdf_wanted {
	uint32_t number;
	enum pdf_key what; /* KEY_JS, KEY_EF, KEY_F, KEY_XFA */
	char name[PDF_NAME_ROOM];
};

struct pdf {
	struct scan *scan;
	const struct object *object;
	struct pdf_frame *frames;
	struct pdf_indirect *objects;
	size_t nobjects;
	struct pdf_wanted *wanted;
	size_t nwanted;
	size_t looked_at; /* bytes of what was wanted */
	struct buf *sources;
	size_t nsources;
	bool looking;	/* only for how the file is encrypted, which stands at its end, as a rule */
	bool encrypted; /* and not opened */
	long encryption; /* the object that tells how; 0 where the dictionary stands in the trailer
			  */
	size_t encryption_at;
	struct pdf_crypt crypt;
	uint8_t id[64];
	size_t nid;
};

/* The tokens of the file or of one stream of objects. */
struct pdf_reading {
	struct pdf *pdf;
	struct pdf_lex lex;
	const uint8_t *begin;
	uint32_t source;
	size_t depth;	 /* open dictionaries */
	long numbers[2]; /* the last ones, of which a reference is made */
	unsigned nnumbers;
	struct pdf_frame closed; /* the last dictionary that was closed at the top */
	bool in_object;		 /* objects[nobjects - 1] is the one that is read */
	bool single;		 /* nothing else is to be read */
};

#endif
