/*
 * The kinds of values that options have: from text, checked, and back to text.
 * Each function has the type and meaning of the member of struct option that
 * it begins with.
 */
#ifndef GATEPOST_CONF_VALUE_H
#define GATEPOST_CONF_VALUE_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/buf.h"
#include "conf/conf.h"
#include "conf/option.h"

bool value_set_number(const struct setting *);
bool value_set_seconds(const struct setting *);
bool value_set_size(const struct setting *);
bool value_set_mode(const struct setting *);
bool value_set_bool(const struct setting *);
bool value_set_word(const struct setting *);
bool value_set_canonicalization(const struct setting *);
bool value_set_account(const struct setting *);
bool value_set_folder(const struct setting *);
bool value_set_file(const struct setting *);
bool value_set_authserv_id(const struct setting *);
bool value_set_signing_domain(const struct setting *);
bool value_set_seal_domain(const struct setting *);
bool value_set_selector(const struct setting *);
bool value_set_name(const struct setting *);
bool value_set_recipients(const struct setting *);
bool value_set_header_name(const struct setting *);
bool value_set_resolver(const struct setting *);
bool value_set_domain(const struct setting *);
bool value_set_case(const struct setting *);
bool value_set_link(const struct setting *);
bool value_set_network(const struct setting *);
bool value_set_listen(const struct setting *);
bool value_set_hash(const struct setting *);
bool value_set_clamd(const struct setting *);

void value_print_unsigned(const struct option *, const struct conf *, struct buf *);
void value_print_size(const struct option *, const struct conf *, struct buf *);
void value_print_mode(const struct option *, const struct conf *, struct buf *);
void value_print_bool(const struct option *, const struct conf *, struct buf *);
void value_print_word(const struct option *, const struct conf *, struct buf *);
void value_print_canonicalization(const struct option *, const struct conf *, struct buf *);
void value_print_string(const struct option *, const struct conf *, struct buf *);
void value_print_signing_domain(const struct option *, const struct conf *, struct buf *);
void value_print_list(const struct option *, const struct conf *, struct buf *);
void value_print_networks(const struct option *, const struct conf *, struct buf *);
void value_print_listen(const struct option *, const struct conf *, struct buf *);

bool value_check_keys_dir(const struct setting *);
bool value_check_file(const struct setting *);
bool value_check_listen(const struct setting *);

void value_computed_listen(char[OPTION_COMPUTED]);
void value_computed_socket_group(char[OPTION_COMPUTED]);
void value_computed_authserv_id(char[OPTION_COMPUTED]);

/* Adds From to the fields to sign, where it is missing (RFC 6376 §5.4). False without memory. */
bool value_sign_from(struct conf *, struct arena *);

/* For login sections, which are no options: whether a name can be one, */
bool value_is_name(const char *);
/* adding a domain to one, as set(), */
bool value_set_login_domain(const struct setting *, struct conf_list *);
/* and the section as it stands in a file. */
void value_print_login(const struct conf_login *, struct buf *);

#endif
