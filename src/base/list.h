/*
 * list.h - a doubly linked ring inside the structs it links. An empty ring points to itself.
 */
#ifndef VARVE_BASE_LIST_H
#define VARVE_BASE_LIST_H

#include <stdbool.h>
#include <stddef.h>

struct list {
    struct list *next;
    struct list *previous;
};

static inline void list_init(struct list *head)
{
    head->next = head;
    head->previous = head;
}

static inline bool list_empty(const struct list *head)
{
    return head->next == head;
}

/* Puts link before head: the end of the ring that head starts. */
static inline void list_append(struct list *head, struct list *link)
{
    link->next = head;
    link->previous = head->previous;
    head->previous->next = link;
    head->previous = link;
}

/* Unlinks and makes link a ring of its own, so that removing twice is harmless. */
static inline void list_remove(struct list *link)
{
    link->previous->next = link->next;
    link->next->previous = link->previous;
    list_init(link);
}

/* The struct of `type` whose `member` is at `link`. */
#define LIST_OF(link, type, member) ((type *)(void *)((char *)(link)-offsetof(type, member)))

#define list_for_each(link, head) \
    for (struct list *link = (head)->next; link != (head); link = link->next)
#define list_for_each_safe(link, after, head)                                   \
    for (struct list *link = (head)->next, *after = link->next; link != (head); \
         link = after, after = link->next)

#endif
