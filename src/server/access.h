/*
 * access.h - who may come from where: rules in the manner of PostgreSQL's pg_hba.conf.
 *
 *     local    DATABASE USER METHOD             the unix socket
 *     host     DATABASE USER ADDRESS METHOD     TCP, with TLS or without
 *     hostssl  ...                              TCP with TLS; hostnossl: without
 *
 * DATABASE and USER: all, or names with commas between; ADDRESS: all, 10.0.0.0/8, 127.0.0.1, ::1/128; METHOD:
 * scram-sha-256, reject, or trust, which is for the local socket alone. The first rule that fits decides; where none
 * does nobody comes in.
 *
 * Threads: access_replace and access_find: any; the rest: alone.
 */
#ifndef VARVE_SERVER_ACCESS_H
#define VARVE_SERVER_ACCESS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#define ACCESS_RULES_MAX  64
#define ACCESS_RULE_BYTES 256
#define ACCESS_TEXT_BYTES 64

struct access;

/* Where a client comes from. */
struct access_origin {
    uint8_t address[16];
    unsigned address_bytes; /* 0: the unix socket, 4, 16 */
    uint16_t port;
    char text[ACCESS_TEXT_BYTES]; /* "127.0.0.1", "[local]" */
};

enum access_method { ACCESS_NONE, ACCESS_REJECT, ACCESS_SCRAM, ACCESS_TRUST };

/* Zero is the unix socket's. */
struct access_origin access_origin(const struct sockaddr *address);

/* NULL: *message says why. own: access_close(). */
struct access *access_open(const char *const *rules, unsigned count, char message[256]);
/* On failure the old rules stay. */
bool access_replace(struct access *access, const char *const *rules, unsigned count,
                    char message[256]);
void access_close(struct access *access);

/* *line_out: the number of the rule that decided, from 1; 0: none did. */
enum access_method access_find(struct access *access, const struct access_origin *origin,
                               bool encrypted, const char *database, const char *user,
                               unsigned *line_out);

#endif
