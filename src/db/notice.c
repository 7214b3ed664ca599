/* notice.c - a bounded queue of notices. */
#include "db/notice.h"

#include "catalog/catalog.h"

#include <stdio.h>
#include <string.h>

struct notice {
    struct notice *next;
    size_t size; /* of the whole */
    const char *severity;
    char sqlstate[6];
    char text[]; /* the message and the detail, each with its NUL */
};

static struct notice *copy(struct alloc *alloc, const char *severity,
                           const struct catalog_notice *from);

void notice_keep(struct notice_list *list, struct alloc *alloc, const char *severity,
                 const struct catalog_notice *notice)
{
    struct notice *kept = list->count < NOTICE_COUNT ? copy(alloc, severity, notice) : NULL;

    if (kept == NULL) {
        list->omitted++;
        return;
    }
    *(list->first == NULL ? &list->first : &list->last->next) = kept;
    list->last = kept;
    list->count++;
}

bool notice_take(struct notice_list *list, struct alloc *alloc, const char **severity_out,
                 struct varve_error *notice_out)
{
    struct notice *notice = list->first;
    char text[64];

    if (notice != NULL) {
        list->first = notice->next;
        list->count--;
        *severity_out = notice->severity;
        notice_fill(notice_out, notice->sqlstate, notice->text,
                    notice->text + strlen(notice->text) + 1);
        alloc_free(alloc, ALLOC_SESSION, notice, notice->size);
        return true;
    }
    if (list->omitted == 0) {
        return false;
    }
    snprintf(text, sizeof text, "%llu more notices were left out",
             (unsigned long long)list->omitted);
    list->omitted = 0;
    *severity_out = "NOTICE";
    notice_fill(notice_out, "00000", text, "");
    return true;
}

void notice_release(struct notice_list *list, struct alloc *alloc)
{
    while (list->first != NULL) {
        struct notice *notice = list->first;

        list->first = notice->next;
        alloc_free(alloc, ALLOC_SESSION, notice, notice->size);
    }
    *list = (struct notice_list){0};
}

void notice_fill(struct varve_error *error_out, const char *sqlstate, const char *message,
                 const char *detail)
{
    memset(error_out, 0, sizeof *error_out);
    memcpy(error_out->sqlstate, sqlstate, sizeof error_out->sqlstate);
    snprintf(error_out->message, sizeof error_out->message, "%s", message);
    snprintf(error_out->detail, sizeof error_out->detail, "%s", detail);
}

static struct notice *copy(struct alloc *alloc, const char *severity,
                           const struct catalog_notice *from)
{
    size_t message_size = strlen(from->message) + 1;
    size_t detail_size = strlen(from->detail) + 1;
    size_t size = sizeof(struct notice) + message_size + detail_size;
    struct notice *notice = alloc_get(alloc, ALLOC_SESSION, size);

    if (notice != NULL) {
        *notice = (struct notice){.size = size, .severity = severity};
        memcpy(notice->sqlstate, from->sqlstate, sizeof notice->sqlstate);
        memcpy(notice->text, from->message, message_size);
        memcpy(notice->text + message_size, from->detail, detail_size);
    }
    return notice;
}
