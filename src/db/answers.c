/*
 * answers.c - what SQL functions ask of their session (eval/session.h): random numbers, user, settings.
 *
 * Who does not say otherwise (varve_identify) is the user varve in the database varve.
 */
#include "db/db_private.h"

#include <stdio.h>
#include <string.h>

#include "db/system.h"
#include "os/os.h"

#define SLEEP_LONGEST_S  1e9 /* thirty years, for infinity */
#define SLEEP_LONGEST_NS UINT64_C(1000000000000000000)

#define ANSWER_USER     "varve"
#define ANSWER_DATABASE "varve"

static_assert(SESSION_SETTING_BYTES >= SETTING_TEXT_BYTES, "a setting's text fits");

static void answer_sleep(void *owner, double seconds);
static vv_status answer_setting(void *owner, const char *name, char *text, struct vv_error *error)
{
    struct varve_session *session = owner;
    uint32_t id = settings_find(&session->settings, name);

    if (id == SETTING_NONE) {
        id = host_find(&session->db->host, name);
        return id == HOST_NONE ? VV_NOT_FOUND
                               : roles_setting(session, id, text, SETTING_TEXT_BYTES, error);
    }
    settings_show(&session->settings, id, text);
    return VV_OK;
}

static vv_status change_setting(void *owner, const char *name, const char *value, bool local,
                                struct vv_error *error)
{
    struct varve_session *session = owner;

    return session_change(session, name, value, local, error);
}

static void answer_entropy(void *owner, void *bytes, size_t size)
{
    const struct varve_session *session = owner;

    os_entropy(session->db->os, bytes, size);
}

/* Added up: a batch may want it for each of its rows. */
static void answer_sleep(void *owner, double seconds)
{
    struct varve_session *session = owner;
    uint64_t more_ns = seconds < SLEEP_LONGEST_S ? (uint64_t)(seconds * 1e9) : SLEEP_LONGEST_NS;

    (void)context_transaction_time(); /* the clock runs ahead from now on, those do not */
    (void)context_statement_time();
    session->sleep_ns += more_ns;
    if (session->sleep_ns > SLEEP_LONGEST_NS) {
        session->sleep_ns = SLEEP_LONGEST_NS;
    }
}

void session_answers_init(struct varve_session *session)
{
    uint64_t seed = 0;

    if (session->user[0] == '\0') {
        snprintf(session->user, sizeof session->user, "%s", ANSWER_USER);
        snprintf(session->database, sizeof session->database, "%s", ANSWER_DATABASE);
    }
    session->answers = (struct eval_session){.user = session->user,
                                             .database = session->database,
                                             .context = &session->context,
                                             .owner = session,
                                             .entropy = answer_entropy,
                                             .setting_get = answer_setting,
                                             .setting_set = change_setting,
                                             .sleep = answer_sleep,
                                             .sequence = session_sequence,
                                             .catalog = system_call};
    os_entropy(session->db->os, &seed, sizeof seed);
    session_random_start(&session->answers.random, seed);
}
