/* test_pace.c - pace.h: looks come when enough was told, and not before. */
#include "base/pace.h"

#include "test.h"

static vv_status refuse(void *owner)
{
    unsigned *asked = owner;

    return ++*asked < 3 ? VV_OK : VV_CANCELED;
}

TEST(a_look_for_each_piece_of_work)
{
    struct pace pace;
    unsigned asked = 0;

    pace_init(&pace, refuse, &asked);
    for (unsigned i = 0; i < 2 * 1024; i++) {
        TEST_OK(pace_work(&pace, PACE_WORK / 1024));
    }
    TEST_EQUAL(1, asked); /* the budget may be used up, not overdrawn */
    TEST_OK(pace_work(&pace, UINT64_C(100) * PACE_WORK)); /* one step is one step */
    TEST_EQUAL(2, asked);
    TEST_STATUS(VV_CANCELED, pace_look(&pace));
    TEST_STATUS(VV_CANCELED, pace_work(&pace, PACE_WORK + 1));
    TEST_EQUAL(4, pace.looks);
}

TEST(nobody_needs_to_look)
{
    struct pace pace;

    pace_init(&pace, NULL, NULL);
    TEST_OK(pace_work(&pace, PACE_WORK + 1));
    TEST_EQUAL(1, pace.looks);
}
