/* machine.h - a database on a simulated machine that crashes, and one session in it. */
#ifndef VARVE_TESTS_SIM_MACHINE_H
#define VARVE_TESTS_SIM_MACHINE_H

#include "test.h"

#include "db/db.h"
#include "os/os_sim.h"

struct machine {
    struct os_sim *sim; /* own: os_sim_destroy() */
    struct varve *db;
    struct varve_session *session;
};

static inline void machine_open(struct machine *machine)
{
    TEST_EQUAL(VARVE_OK, db_open_on(os_sim_os(machine->sim), "/db", NULL, &machine->db, NULL));
    TEST_EQUAL(VARVE_OK, varve_connect(machine->db, &machine->session));
}

static inline void machine_close(struct machine *machine)
{
    varve_disconnect(machine->session);
    TEST_EQUAL(VARVE_OK, varve_close(machine->db));
}

/* The machine stops, starts again, and the database is opened again. */
static inline void machine_crash(struct machine *machine)
{
    os_sim_crash(machine->sim);
    varve_disconnect(machine->session);
    (void)varve_close(machine->db);
    os_sim_restart(machine->sim);
    machine_open(machine);
}

#endif
