/*
 * isolation.c FILE... - sessions and steps: what each statement of several sessions gives, and which of them wait.
 *
 *     setup> CREATE TABLE …              before each scene
 *     scene a reader waits for a writer
 *     1> BEGIN => ok                     session 1 runs a statement; its rows, "ok", "waits", or SQLSTATE and message
 *     2> SELECT … FOR UPDATE => waits
 *     1> COMMIT => ok
 *     2< => 1|10 ; 2|20                  what the waiting statement of session 2 gives in the end
 *
 * Rows are separated by " ; ", columns by "|", no rows are "none". Sessions do not block (varve_set_wake), so one
 * thread plays them all and nothing depends on time. Row locks: LR1 what comes is locked and the newest version, LR2 who
 * waited goes on. tools/isolation_fill fills the outcomes from PostgreSQL.
 */
#include "../api/check.h"

#include <stdbool.h>

#define SESSIONS  6
#define LINE_SIZE 4096

struct player {
    struct varve_session *session;
    struct varve_statement *pending;
};

struct scene {
    struct varve *db;
    struct player players[SESSIONS];
};

static const char *file_name;
static int line_number;
static char setup[16][LINE_SIZE];
static int setup_count;

static void wake(void *argument)
{
    (void)argument;
}

static void add(char *text, const char *more)
{
    size_t used = strlen(text);

    snprintf(text + used, LINE_SIZE - used, "%s", more);
}

/* Steps the pending statement to its end, or until it waits. */
static void outcome(struct player *player, char *text)
{
    int code = VARVE_ROW;
    unsigned rows = 0;
    int columns = varve_column_count(player->pending);

    text[0] = '\0';
    while ((code = varve_step(player->pending)) == VARVE_ROW) {
        add(text, rows++ == 0 ? "" : " ; ");
        for (int i = 0; i < columns; i++) {
            const char *value = varve_column_text(player->pending, i, NULL);

            add(text, i == 0 ? "" : "|");
            add(text, value == NULL ? "null" : value);
        }
    }
    if (code == VARVE_WAITING) {
        snprintf(text, LINE_SIZE, "waits");
        return;
    }
    if (code != VARVE_DONE) {
        const struct varve_error *error = varve_last_error(player->session);

        snprintf(text, LINE_SIZE, "%s %s", error->sqlstate, error->message);
    } else if (rows == 0) {
        snprintf(text, LINE_SIZE, columns > 0 ? "none" : "ok");
    }
    varve_finalize(player->pending);
    player->pending = NULL;
}

static void start(struct player *player, const char *sql, char *text)
{
    int code = varve_prepare(player->session, sql, 0, &player->pending, NULL);

    if (code != VARVE_OK) {
        const struct varve_error *error = varve_last_error(player->session);

        snprintf(text, LINE_SIZE, "%s %s", error->sqlstate, error->message);
        player->pending = NULL;
        return;
    }
    outcome(player, text);
}

static void scene_end(struct scene *scene)
{
    for (int i = 0; i < SESSIONS; i++) {
        varve_finalize(scene->players[i].pending);
        varve_disconnect(scene->players[i].session);
    }
    if (scene->db != NULL) {
        CHECK(varve_close(scene->db) == VARVE_OK);
    }
    memset(scene, 0, sizeof *scene);
}

static void scene_begin(struct scene *scene)
{
    scene_end(scene);
    CHECK(varve_open(":memory:", NULL, &scene->db, NULL) == VARVE_OK);
    for (int i = 0; i < SESSIONS; i++) {
        CHECK(varve_connect(scene->db, &scene->players[i].session) == VARVE_OK);
        CHECK(varve_set_wake(scene->players[i].session, wake, scene) == VARVE_OK);
    }
    for (int i = 0; i < setup_count; i++) {
        RUN(scene->players[0].session, setup[i]);
    }
}

/* "1> SQL => OUTCOME" or "1< => OUTCOME". */
static void step(struct scene *scene, char *line)
{
    struct player *player = &scene->players[(unsigned)(line[0] - '0') % SESSIONS];
    char *wanted = strstr(line, "=> ");
    char got[LINE_SIZE] = "nothing waits";

    if (wanted == NULL || scene->db == NULL) {
        fprintf(stderr, "%s:%d: no outcome, or no scene\n", file_name, line_number);
        failures++;
        return;
    }
    *wanted = '\0';
    wanted += 3;
    if (line[1] == '>') {
        start(player, line + 2, got);
    } else if (player->pending != NULL) {
        outcome(player, got);
    }
    if (strcmp(got, wanted) != 0) {
        fprintf(stderr, "%s:%d: wanted \"%s\", got \"%s\"\n", file_name, line_number, wanted, got);
        failures++;
    }
}

static void play(const char *path)
{
    FILE *file = fopen(path, "r");
    struct scene scene;
    char line[LINE_SIZE];

    memset(&scene, 0, sizeof scene);
    file_name = path;
    line_number = 0;
    setup_count = 0;
    if (file == NULL) {
        fprintf(stderr, "cannot open %s\n", path);
        failures++;
        return;
    }
    while (fgets(line, sizeof line, file) != NULL) {
        line_number++;
        line[strcspn(line, "\n")] = '\0';
        if (line[0] == '#' || line[0] == '\0') {
            continue;
        }
        if (strncmp(line, "setup> ", 7) == 0 && setup_count < 16) {
            snprintf(setup[setup_count++], LINE_SIZE, "%s", line + 7);
        } else if (strncmp(line, "scene ", 6) == 0) {
            scene_begin(&scene);
        } else {
            step(&scene, line);
        }
    }
    scene_end(&scene);
    (void)fclose(file);
}

int main(int argument_count, char **arguments)
{
    for (int i = 1; i < argument_count; i++) {
        play(arguments[i]);
    }
    return failures == 0 ? 0 : 1;
}
