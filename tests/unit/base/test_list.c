/* The ring: order, removal twice, removal while walking. */
#include "test.h"

#include "base/list.h"

struct item {
    int value;
    struct list link;
};

TEST(walk_in_order_and_remove_while_walking)
{
    struct list head;
    struct item items[5];
    int sum = 0;

    list_init(&head);
    for (int i = 0; i < 5; i++) {
        items[i].value = i;
        list_append(&head, &items[i].link);
    }
    list_for_each_safe(link, after, &head) {
        if (LIST_OF(link, struct item, link)->value % 2 == 0) {
            list_remove(link);
            list_remove(link);
        }
    }
    list_for_each(link, &head) {
        sum = sum * 10 + LIST_OF(link, struct item, link)->value;
    }
    TEST_EQUAL(13, sum);
    list_remove(&items[1].link);
    list_remove(&items[3].link);
    TEST_TRUE(list_empty(&head));
}
