/* pace.c - see pace.h. */
#include "base/pace.h"

#include <stddef.h>

vv_status pace_look(struct pace *pace)
{
    pace->left = PACE_WORK;
    pace->looks++;
    return pace->look == NULL ? VV_OK : pace->look(pace->owner);
}
