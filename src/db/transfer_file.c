/*
 * transfer_file.c - the files of COPY, read and written with the rights of this process; so only sessions that the
 * program has allowed to (varve_allow_files) come here.
 */
#include "db/transfer.h"

#include "os/os.h"

#include <errno.h>
#include <string.h>

static vv_status file_error(const struct transfer *transfer, const char *what,
                            const struct vv_cause *cause, struct vv_error *error);
static enum vv_sqlstate sqlstate_of_errno(int number);

vv_status transfer_file_open(struct transfer *transfer, struct vv_error *error)
{
    const struct copy_plan *copy = transfer->copy;
    struct varve_session *session = transfer->statement->session;
    unsigned flags = copy->from ? OS_OPEN_READ : OS_OPEN_WRITE | OS_OPEN_CREATE | OS_OPEN_TRUNCATE;
    struct vv_cause cause = {0};

    if (!session->files_allowed) {
        (void)error_set(error, VV_SQLSTATE_INSUFFICIENT_PRIVILEGE, 0,
                        "must be superuser or have privileges of the %s role to COPY %s a file",
                        copy->from ? "pg_read_server_files" : "pg_write_server_files",
                        copy->from ? "from" : "to");
        error_hint(error, "Anyone can COPY to stdout or from stdin. psql's \\copy command also "
                          "works for anyone.");
        return VV_ERROR;
    }
    if (!copy->from && copy->file[0] != '/') {
        return error_set(error, VV_SQLSTATE_INVALID_NAME, 0,
                         "relative path not allowed for COPY to file");
    }
    if (os_open(session->db->os, copy->file, flags, &transfer->file, &cause) == VV_OK) {
        return VV_OK;
    }
    (void)file_error(transfer, "open", &cause, error);
    if (cause.os_error == ENOENT || cause.os_error == EACCES) {
        error_hint(error, copy->from
                              ? "COPY FROM instructs the PostgreSQL server process to read a file. "
                                "You may want a client-side facility such as psql's \\copy."
                              : "COPY TO instructs the PostgreSQL server process to write a file. "
                                "You may want a client-side facility such as psql's \\copy.");
    }
    return VV_ERROR;
}

vv_status transfer_file_read(struct transfer *transfer, uint8_t *bytes, size_t size,
                             size_t *got_out, struct vv_error *error)
{
    struct vv_cause cause = {0};

    if (os_pread(transfer->statement->session->db->os, transfer->file, transfer->file_offset, bytes,
                 size, got_out, &cause) != VV_OK) {
        if (cause.os_error == EISDIR) {
            return error_set(error, VV_SQLSTATE_WRONG_OBJECT_TYPE, 0, "\"%s\" is a directory",
                             transfer->copy->file);
        }
        return file_error(transfer, "read", &cause, error);
    }
    transfer->file_offset += *got_out;
    return VV_OK;
}

vv_status transfer_file_write(struct transfer *transfer, const uint8_t *bytes, size_t size,
                              struct vv_error *error)
{
    struct vv_cause cause = {0};

    if (size > 0 && os_pwrite(transfer->statement->session->db->os, transfer->file,
                              transfer->file_offset, bytes, size, &cause) != VV_OK) {
        return file_error(transfer, "write", &cause, error);
    }
    transfer->file_offset += size;
    return VV_OK;
}

void transfer_file_close(struct transfer *transfer)
{
    os_close(transfer->statement->session->db->os, transfer->file);
    transfer->file = NULL;
}

static vv_status file_error(const struct transfer *transfer, const char *what,
                            const struct vv_cause *cause, struct vv_error *error)
{
    const char *reason = cause->os_error == 0 ? "it failed" : strerror(cause->os_error);

    if (strcmp(what, "open") == 0) {
        return error_set(error, sqlstate_of_errno(cause->os_error), 0,
                         "could not open file \"%s\" for %s: %s", transfer->copy->file,
                         transfer->copy->from ? "reading" : "writing", reason);
    }
    return error_set(error, sqlstate_of_errno(cause->os_error), 0, "could not %s file \"%s\": %s",
                     what, transfer->copy->file, reason);
}

/* errcode_for_file_access() */
static enum vv_sqlstate sqlstate_of_errno(int number)
{
    switch (number) {
    case EPERM:
    case EACCES:
    case EROFS:
        return VV_SQLSTATE_INSUFFICIENT_PRIVILEGE;
    case ENOENT:
        return VV_SQLSTATE_UNDEFINED_FILE;
    case EISDIR:
    case ENOTDIR:
        return VV_SQLSTATE_WRONG_OBJECT_TYPE;
    case ENOSPC:
        return VV_SQLSTATE_DISK_FULL;
    default:
        return VV_SQLSTATE_IO_ERROR;
    }
}
