/*
 * replay.c - runs a fuzz target over every file of a corpus folder, and over seeded mutations of each:
 * what a fuzzer once found stays found, with any compiler.
 */
#include "base/rng.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define INPUT_BYTES_MAX     (1u << 20)
#define MUTATIONS_PER_INPUT 200

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void replay_file(const char *path, struct rng *rng);
static void mutate(uint8_t *bytes, size_t size, struct rng *rng);

int main(int argc, char **argv)
{
    DIR *folder = argc > 1 ? opendir(argv[1]) : NULL;
    struct dirent *entry = NULL;
    struct rng rng;
    int count = 0;

    rng_init(&rng, 1);
    LLVMFuzzerTestOneInput((const uint8_t *)"", 0);
    while (folder != NULL && (entry = readdir(folder)) != NULL) {
        char path[4096];

        if (entry->d_name[0] == '.') {
            continue;
        }
        snprintf(path, sizeof path, "%s/%s", argv[1], entry->d_name);
        replay_file(path, &rng);
        count++;
    }
    if (folder != NULL) {
        closedir(folder);
    }
    printf("%d inputs replayed\n", count);
    return count == 0;
}

/* The copy is of the exact size, so that a sanitizer sees a read past the end. */
static void replay_file(const char *path, struct rng *rng)
{
    FILE *file = fopen(path, "rb");
    uint8_t *bytes = malloc(INPUT_BYTES_MAX);
    size_t size = 0;

    if (file == NULL || bytes == NULL) {
        fprintf(stderr, "cannot read %s\n", path);
        exit(1);
    }
    size = fread(bytes, 1, INPUT_BYTES_MAX, file);
    fclose(file);
    for (int i = 0; i <= MUTATIONS_PER_INPUT; i++) {
        uint8_t *exact = malloc(size == 0 ? 1 : size);

        memcpy(exact, bytes, size);
        if (i > 0) {
            mutate(exact, size, rng);
        }
        LLVMFuzzerTestOneInput(exact, size);
        free(exact);
    }
    free(bytes);
}

static void mutate(uint8_t *bytes, size_t size, struct rng *rng)
{
    size_t count = size == 0 ? 0 : 1 + rng_below(rng, 4);

    for (size_t i = 0; i < count; i++) {
        bytes[rng_below(rng, size)] = (uint8_t)rng_next(rng);
    }
}
