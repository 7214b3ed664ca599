// The header in C++.
#include <varve/varve.h>

int main()
{
    struct varve_options options = VARVE_OPTIONS_INIT;
    struct varve *db = nullptr;

    return varve_open(":memory:", &options, &db, nullptr) != VARVE_OK || varve_close(db) != VARVE_OK;
}
