/* A failed assert calls the host's hook, then ends the process. */
#include "test.h"

#include "base/assert.h"

#include <sys/wait.h>
#include <unistd.h>

static void hook(const char *line)
{
    _exit(strstr(line, "1 == 2") != NULL ? 42 : 1);
}

TEST(hook_gets_the_line)
{
    int status = 0;
    pid_t child = 0;

    fflush(NULL);
    child = fork();
    if (child == 0) {
        (void)!freopen("/dev/null", "w", stderr);
        assert_set_hook(hook);
        VV_ASSERT(1 == 2);
        _exit(0);
    }
    waitpid(child, &status, 0);
    TEST_TRUE(WIFEXITED(status));
    TEST_EQUAL(42, WEXITSTATUS(status));
}

TEST(without_hook_it_aborts)
{
    int status = 0;
    pid_t child = 0;

    fflush(NULL);
    child = fork();
    if (child == 0) {
        (void)!freopen("/dev/null", "w", stderr);
        VV_ASSERT(1 == 2);
        _exit(0);
    }
    waitpid(child, &status, 0);
    TEST_TRUE(WIFSIGNALED(status));
}
