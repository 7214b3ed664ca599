/* The header alone, as a program in plain C includes it. */
#include <varve/varve.h>

int main(void)
{
    struct varve_options options = VARVE_OPTIONS_INIT;
    struct varve *db = 0;

    return varve_open(":memory:", &options, &db, 0) != VARVE_OK || varve_close(db) != VARVE_OK;
}
