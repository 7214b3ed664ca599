/*
 * portals.c - cursors that SQL has declared are portals too: Describe, Execute and Close know them by name.
 *
 * Drivers declare with a Query and then ask what columns the portal of that name has (psycopg 3). Execute
 * is a FETCH here.
 */
#include "server/client_private.h"

#include <stdio.h>
#include <string.h>

#define CURSOR_NAME_BYTES 63u /* count */
#define TEXT_BYTES        (2 * CURSOR_NAME_BYTES + 32u)

static const char *quoted(const char *name, char *text);

bool client_cursor_describe(struct client *client, const char *name)
{
    struct varve_statement *fetch = NULL;

    if (varve_cursor_named(client->session, name) == 0) {
        return false;
    }
    fetch = client_cursor_fetch(client, name, 0);
    if (fetch != NULL && !client_put_description(&client->out, fetch, NULL, 0, true)) {
        client_out_of_memory(client);
    }
    varve_finalize(fetch);
    return true;
}

void client_cursor_close(struct client *client, const char *name)
{
    char text[TEXT_BYTES];
    char word[TEXT_BYTES];

    snprintf(text, sizeof text, "CLOSE %s", quoted(name, word));
    (void)varve_exec(client->session, text, 0); /* a failed block's go with it */
}

struct varve_statement *client_cursor_fetch(struct client *client, const char *name, uint32_t limit)
{
    struct varve_statement *fetch = NULL;
    char text[TEXT_BYTES];
    char word[TEXT_BYTES];

    if (limit == 0) {
        snprintf(text, sizeof text, "FETCH ALL FROM %s", quoted(name, word));
    } else {
        snprintf(text, sizeof text, "FETCH %u FROM %s", limit, quoted(name, word));
    }
    if (varve_prepare(client->session, text, 0, &fetch, NULL) != VARVE_OK) {
        client_fail_session(client, 0);
    }
    return fetch;
}

/* As much of a name as counts, with each quote twice. */
static const char *quoted(const char *name, char *text)
{
    size_t size = 0;

    text[size++] = '"';
    for (size_t i = 0; name[i] != '\0' && i < CURSOR_NAME_BYTES; i++) {
        if (name[i] == '"') {
            text[size++] = '"';
        }
        text[size++] = name[i];
    }
    text[size++] = '"';
    text[size] = '\0';
    return text;
}
