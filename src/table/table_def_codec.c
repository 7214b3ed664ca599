/*
 * table_def_codec.c - a definition as bytes: the row of the catalog's map.
 *
 *     1     format version: 3; 2 when no collation is named; 1 differed as said below
 *     v     id, schema id, map id                            (v: varint; t: varint length + bytes)
 *     8     version, little endian
 *     t t   schema name, table name
 *     v     column count, then for each:
 *               t name, v type's OID, v flags (1 not null, 2 dropped, 4 default, 8 stored nullable,
 *               16 generated, 32 identity always, 64 identity by default, 128 sequence, 256 missing,
 *               512 absent, 1024 statistics, 2048 collation; in version 1 a byte, up to 128), 1 section,
 *               v type modifier + 1, [t default], [t expression], [v sequence id], [t missing value],
 *               [v statistics target + 1], [v collation's OID]
 *     v     index count, then for each:
 *               v id, v map id, t name, 1 flags (1 unique, 2 primary, 4 constraint, 8 predicate),
 *               [t predicate], v part count, then for each part
 *                   v column + 1 (0: expression), v type's OID,
 *                   1 flags (1 descending, 2 nulls first, 4 nullable, 8 collation), [v collation's OID],
 *                   [t expression, t name];
 *               v include count, then v column each
 *     v     check count, then for each: t name, t condition, 1 flags (1 not valid; none in version 1)
 *
 * The checksum is the log's and the page's. Readers take these bytes as input from outside: every count
 * and length is checked before use (D2).
 */
#include "table/table_def.h"

#include <string.h>

#include "base/bytes.h"
#include "base/limits.h"
#include "value/collation.h"

#define FORMAT_VERSION 3
#define TEXT_BYTES_MAX (1u << 24)
#define CHECKS_MAX     10000u
#define INDEXES_MAX    10000u

enum {
    COLUMN_NOT_NULL = 1,
    COLUMN_DROPPED = 2,
    COLUMN_DEFAULT = 4,
    COLUMN_STORED_NULLABLE = 8,
    COLUMN_GENERATED = 16,
    COLUMN_IDENTITY_ALWAYS = 32,
    COLUMN_IDENTITY_BY_DEFAULT = 64,
    COLUMN_SEQUENCE = 128,
    COLUMN_MISSING = 256,
    COLUMN_ABSENT = 512,
    COLUMN_STATISTICS = 1024,
    COLUMN_COLLATION = 2048
};
enum { INDEX_UNIQUE = 1, INDEX_PRIMARY = 2, INDEX_CONSTRAINT = 4, INDEX_PREDICATE = 8 };
enum { CHECK_NOT_VALID = 1 };
enum { PART_DESCENDING = 1, PART_NULLS_FIRST = 2, PART_NULLABLE = 4, PART_COLLATION = 8 };

/* Writes, or with at == NULL only counts. */
struct def_writer {
    uint8_t *at;
    size_t size;
};

struct def_reader {
    const uint8_t *at;
    const uint8_t *end;
    struct arena *arena;
    unsigned version; /* of the format */
    vv_status status; /* the first failure; later reads give zeros */
};

static void write_def(struct def_writer *writer, const struct table_def *def);
static void write_column(struct def_writer *writer, const struct table_column *column);
static void write_index(struct def_writer *writer, const struct table_index *index);
static void write_byte(struct def_writer *writer, unsigned byte);
static void write_varint(struct def_writer *writer, uint64_t x);
static void write_word(struct def_writer *writer, uint64_t x);
static void write_text(struct def_writer *writer, const char *text);
static void write_bytes(struct def_writer *writer, vv_slice bytes);
static void read_ids(struct def_reader *reader, struct table_def_ids *ids);
static void read_spec(struct def_reader *reader, struct table_spec *spec);
static void read_columns(struct def_reader *reader, struct table_spec *spec);
static void read_column(struct def_reader *reader, struct table_column *column);
static void read_indexes(struct def_reader *reader, struct table_spec *spec);
static void read_index(struct def_reader *reader, uint32_t column_count, bool first,
                       struct table_index *index);
static void read_parts(struct def_reader *reader, uint32_t column_count, struct table_index *index);
static void read_includes(struct def_reader *reader, uint32_t column_count,
                          struct table_index *index);
static void read_checks(struct def_reader *reader, struct table_spec *spec);
static void read_fail(struct def_reader *reader, vv_status status);
static unsigned read_byte(struct def_reader *reader);
static uint64_t read_word(struct def_reader *reader);
static uint32_t read_varint(struct def_reader *reader, uint32_t limit);
static uint8_t read_type(struct def_reader *reader);
static uint8_t read_collation(struct def_reader *reader, bool named, uint8_t type);
static const char *read_text(struct def_reader *reader);
static vv_slice read_bytes(struct def_reader *reader);

vv_status table_def_encode(const struct table_def *def, struct arena *arena, vv_slice *bytes_out)
{
    struct def_writer writer = {0};
    uint8_t *bytes = NULL;

    *bytes_out = slice_make(NULL, 0);
    write_def(&writer, def);
    bytes = arena_get(arena, writer.size);
    if (bytes == NULL) {
        return VV_NOMEM;
    }
    writer = (struct def_writer){.at = bytes};
    write_def(&writer, def);
    *bytes_out = slice_make(bytes, writer.size);
    return VV_OK;
}

vv_status table_def_decode(struct alloc *alloc, vv_slice bytes, struct table_def **def_out)
{
    struct arena arena;
    struct def_reader reader = {.at = bytes.data, .end = bytes.data + bytes.size, .arena = &arena};
    struct table_def_ids ids = {0};
    struct table_spec spec = {0};

    *def_out = NULL;
    arena_init(&arena, alloc, ALLOC_CATALOG, 4096);
    reader.version = read_byte(&reader);
    if (reader.version == 0 || reader.version > FORMAT_VERSION) {
        read_fail(&reader, VV_CORRUPT);
    }
    read_ids(&reader, &ids);
    read_spec(&reader, &spec);
    if (reader.at != reader.end) {
        read_fail(&reader, VV_CORRUPT);
    }
    if (reader.status == VV_OK) {
        reader.status = table_def_create(alloc, &ids, &spec, def_out);
    }
    arena_release(&arena);
    return reader.status;
}

/* Definitions that name none stay readable by who knows none. */
static bool names_collation(const struct table_spec *spec)
{
    for (uint32_t i = 0; i < spec->column_count; i++) {
        if (spec->columns[i].collation != VALUE_COLLATION_DEFAULT) {
            return true;
        }
    }
    for (uint32_t i = 0; i < spec->index_count; i++) {
        for (uint32_t k = 0; k < spec->indexes[i].part_count; k++) {
            if (spec->indexes[i].parts[k].collation != VALUE_COLLATION_DEFAULT) {
                return true;
            }
        }
    }
    return false;
}

static void write_def(struct def_writer *writer, const struct table_def *def)
{
    const struct table_spec *spec = &def->spec;

    write_byte(writer, names_collation(spec) ? FORMAT_VERSION : 2);
    write_varint(writer, def->id);
    write_varint(writer, def->schema_id);
    write_varint(writer, def->map_id);
    write_word(writer, def->version);
    write_text(writer, spec->schema);
    write_text(writer, spec->name);
    write_varint(writer, spec->column_count);
    for (uint32_t i = 0; i < spec->column_count; i++) {
        write_column(writer, &spec->columns[i]);
    }
    write_varint(writer, spec->index_count);
    for (uint32_t i = 0; i < spec->index_count; i++) {
        write_index(writer, &spec->indexes[i]);
    }
    write_varint(writer, spec->check_count);
    for (uint32_t i = 0; i < spec->check_count; i++) {
        write_text(writer, spec->checks[i].name);
        write_text(writer, spec->checks[i].text);
        write_byte(writer, spec->checks[i].not_valid ? CHECK_NOT_VALID : 0u);
    }
}

static unsigned column_flags(const struct table_column *column)
{
    return (column->not_null ? COLUMN_NOT_NULL : 0u) | (column->dropped ? COLUMN_DROPPED : 0u) |
           (column->default_text != NULL ? COLUMN_DEFAULT : 0u) |
           (column->stored_nullable ? COLUMN_STORED_NULLABLE : 0u) |
           (column->generated_text != NULL ? COLUMN_GENERATED : 0u) |
           (column->identity == TABLE_IDENTITY_ALWAYS ? COLUMN_IDENTITY_ALWAYS : 0u) |
           (column->identity == TABLE_IDENTITY_BY_DEFAULT ? COLUMN_IDENTITY_BY_DEFAULT : 0u) |
           (column->sequence_id != 0 ? COLUMN_SEQUENCE : 0u) |
           (column->missing.data != NULL ? COLUMN_MISSING : 0u) |
           (column->absent ? COLUMN_ABSENT : 0u) |
           (column->statistics_target != TABLE_STATISTICS_DEFAULT ? COLUMN_STATISTICS : 0u) |
           (column->collation != VALUE_COLLATION_DEFAULT ? COLUMN_COLLATION : 0u);
}

static void write_column(struct def_writer *writer, const struct table_column *column)
{
    unsigned flags = column_flags(column);

    write_text(writer, column->name);
    write_varint(writer, value_type_info(column->type)->oid);
    write_varint(writer, flags);
    write_byte(writer, column->section);
    write_varint(writer, (uint32_t)column->type_modifier + 1u);
    if (column->default_text != NULL) {
        write_text(writer, column->default_text);
    }
    if (column->generated_text != NULL) {
        write_text(writer, column->generated_text);
    }
    if (column->sequence_id != 0) {
        write_varint(writer, column->sequence_id);
    }
    if (column->missing.data != NULL) {
        write_bytes(writer, column->missing);
    }
    if (column->statistics_target != TABLE_STATISTICS_DEFAULT) {
        write_varint(writer, column->statistics_target);
    }
    if (column->collation != VALUE_COLLATION_DEFAULT) {
        write_varint(writer, value_collations[column->collation].oid);
    }
}

static void write_index(struct def_writer *writer, const struct table_index *index)
{
    unsigned flags = (index->unique ? INDEX_UNIQUE : 0u) | (index->primary ? INDEX_PRIMARY : 0u) |
                     (index->constraint ? INDEX_CONSTRAINT : 0u) |
                     (index->predicate_text != NULL ? INDEX_PREDICATE : 0u);

    write_varint(writer, index->id);
    write_varint(writer, index->map_id);
    write_text(writer, index->name);
    write_byte(writer, flags);
    if (index->predicate_text != NULL) {
        write_text(writer, index->predicate_text);
    }
    write_varint(writer, index->part_count);
    for (uint32_t i = 0; i < index->part_count; i++) {
        const struct table_index_part *part = &index->parts[i];

        write_varint(writer, part->column == TABLE_NO_COLUMN ? 0 : part->column + 1u);
        write_varint(writer, value_type_info(part->type)->oid);
        write_byte(writer, (part->descending ? PART_DESCENDING : 0u) |
                               (part->nulls_first ? PART_NULLS_FIRST : 0u) |
                               (part->nullable ? PART_NULLABLE : 0u) |
                               (part->collation != VALUE_COLLATION_DEFAULT ? PART_COLLATION : 0u));
        if (part->collation != VALUE_COLLATION_DEFAULT) {
            write_varint(writer, value_collations[part->collation].oid);
        }
        if (part->column == TABLE_NO_COLUMN) {
            write_text(writer, part->expression_text);
            write_text(writer, part->name);
        }
    }
    write_varint(writer, index->include_count);
    for (uint32_t i = 0; i < index->include_count; i++) {
        write_varint(writer, index->includes[i]);
    }
}

static void write_byte(struct def_writer *writer, unsigned byte)
{
    if (writer->at != NULL) {
        writer->at[writer->size] = (uint8_t)byte;
    }
    writer->size++;
}

static void write_varint(struct def_writer *writer, uint64_t x)
{
    uint8_t bytes[BYTES_VARINT_MAX];
    size_t size = bytes_varint_store(bytes, x);

    for (size_t i = 0; i < size; i++) {
        write_byte(writer, bytes[i]);
    }
}

static void write_word(struct def_writer *writer, uint64_t x)
{
    for (unsigned i = 0; i < 8; i++) {
        write_byte(writer, (unsigned)(x >> (8 * i)) & 0xFF);
    }
}

static void write_text(struct def_writer *writer, const char *text)
{
    write_bytes(writer, slice_text(text));
}

static void write_bytes(struct def_writer *writer, vv_slice bytes)
{
    write_varint(writer, bytes.size);
    if (writer->at != NULL && bytes.size > 0) {
        memcpy(writer->at + writer->size, bytes.data, bytes.size);
    }
    writer->size += bytes.size;
}

static void read_ids(struct def_reader *reader, struct table_def_ids *ids)
{
    ids->id = read_varint(reader, UINT32_MAX);
    ids->schema_id = read_varint(reader, UINT32_MAX);
    ids->map_id = read_varint(reader, UINT32_MAX);
    ids->version = read_word(reader);
}

static void read_spec(struct def_reader *reader, struct table_spec *spec)
{
    spec->schema = read_text(reader);
    spec->name = read_text(reader);
    read_columns(reader, spec);
    read_indexes(reader, spec);
    read_checks(reader, spec);
}

static void read_columns(struct def_reader *reader, struct table_spec *spec)
{
    uint32_t count = read_varint(reader, LIMIT_COLUMNS);
    struct table_column *columns = ARENA_ARRAY(reader->arena, struct table_column, count);

    if (columns == NULL) {
        read_fail(reader, VV_NOMEM);
        return;
    }
    for (uint32_t i = 0; i < count && reader->status == VV_OK; i++) {
        read_column(reader, &columns[i]);
    }
    spec->columns = columns;
    spec->column_count = count;
}

static void read_column(struct def_reader *reader, struct table_column *column)
{
    unsigned flags = 0;

    column->name = read_text(reader);
    column->type = read_type(reader);
    flags = reader->version == 1 ? read_byte(reader) : read_varint(reader, UINT16_MAX);
    column->section = (uint8_t)read_byte(reader);
    column->stored_nullable = (flags & COLUMN_STORED_NULLABLE) != 0;
    column->not_null = (flags & COLUMN_NOT_NULL) != 0;
    column->dropped = (flags & COLUMN_DROPPED) != 0;
    column->absent = (flags & COLUMN_ABSENT) != 0;
    column->identity = (flags & COLUMN_IDENTITY_ALWAYS) != 0       ? TABLE_IDENTITY_ALWAYS
                       : (flags & COLUMN_IDENTITY_BY_DEFAULT) != 0 ? TABLE_IDENTITY_BY_DEFAULT
                                                                   : TABLE_NO_IDENTITY;
    column->type_modifier = (int32_t)(read_varint(reader, UINT32_MAX) - 1u);
    column->default_text = (flags & COLUMN_DEFAULT) != 0 ? read_text(reader) : NULL;
    column->generated_text = (flags & COLUMN_GENERATED) != 0 ? read_text(reader) : NULL;
    column->sequence_id = (flags & COLUMN_SEQUENCE) != 0 ? read_varint(reader, UINT32_MAX) : 0;
    column->missing = (flags & COLUMN_MISSING) != 0 ? read_bytes(reader) : slice_make(NULL, 0);
    column->statistics_target = (flags & COLUMN_STATISTICS) != 0
                                    ? (uint16_t)read_varint(reader, TABLE_STATISTICS_MAX + 1)
                                    : TABLE_STATISTICS_DEFAULT;
    column->collation = read_collation(reader, (flags & COLUMN_COLLATION) != 0, column->type);
    if ((column->identity != TABLE_NO_IDENTITY && column->generated_text != NULL) ||
        (column->absent && !column->dropped)) {
        read_fail(reader, VV_CORRUPT);
    }
}

static void read_indexes(struct def_reader *reader, struct table_spec *spec)
{
    uint32_t count = read_varint(reader, INDEXES_MAX);
    struct table_index *indexes = ARENA_ARRAY(reader->arena, struct table_index, count);

    if (indexes == NULL) {
        read_fail(reader, VV_NOMEM);
        return;
    }
    for (uint32_t i = 0; i < count && reader->status == VV_OK; i++) {
        read_index(reader, spec->column_count, i == 0, &indexes[i]);
    }
    spec->indexes = indexes;
    spec->index_count = count;
}

static void read_index(struct def_reader *reader, uint32_t column_count, bool first,
                       struct table_index *index)
{
    unsigned flags = 0;

    index->id = read_varint(reader, UINT32_MAX);
    index->map_id = read_varint(reader, UINT32_MAX);
    index->name = read_text(reader);
    flags = read_byte(reader);
    index->unique = (flags & INDEX_UNIQUE) != 0;
    index->primary = (flags & INDEX_PRIMARY) != 0;
    index->constraint = (flags & INDEX_CONSTRAINT) != 0;
    index->predicate_text = (flags & INDEX_PREDICATE) != 0 ? read_text(reader) : NULL;
    if (index->primary && (!first || !index->unique)) {
        read_fail(reader, VV_CORRUPT);
    }
    read_parts(reader, column_count, index);
    read_includes(reader, column_count, index);
}

static void read_parts(struct def_reader *reader, uint32_t column_count, struct table_index *index)
{
    uint32_t count = read_varint(reader, LIMIT_INDEX_COLUMNS);
    struct table_index_part *parts = ARENA_ARRAY(reader->arena, struct table_index_part, count);

    if (count == 0 || parts == NULL) {
        read_fail(reader, count == 0 ? VV_CORRUPT : VV_NOMEM);
        return;
    }
    for (uint32_t i = 0; i < count && reader->status == VV_OK; i++) {
        uint32_t column = read_varint(reader, column_count);
        unsigned flags = 0;

        parts[i].column = column == 0 ? TABLE_NO_COLUMN : (uint16_t)(column - 1);
        parts[i].type = read_type(reader);
        flags = read_byte(reader);
        parts[i].nullable = (flags & PART_NULLABLE) != 0;
        parts[i].descending = (flags & PART_DESCENDING) != 0;
        parts[i].nulls_first = (flags & PART_NULLS_FIRST) != 0;
        parts[i].collation = read_collation(reader, (flags & PART_COLLATION) != 0, parts[i].type);
        parts[i].expression_text = column == 0 ? read_text(reader) : NULL;
        parts[i].name = column == 0 ? read_text(reader) : NULL;
        if (column == 0 && index->primary) {
            read_fail(reader, VV_CORRUPT);
        }
    }
    index->parts = parts;
    index->part_count = (uint16_t)count;
}

static void read_includes(struct def_reader *reader, uint32_t column_count,
                          struct table_index *index)
{
    uint32_t count = read_varint(reader, LIMIT_INDEX_COLUMNS);
    uint16_t *includes = ARENA_ARRAY(reader->arena, uint16_t, count);

    if (includes == NULL || (count > 0 && column_count == 0)) {
        read_fail(reader, includes == NULL ? VV_NOMEM : VV_CORRUPT);
        return;
    }
    for (uint32_t i = 0; i < count; i++) {
        includes[i] = (uint16_t)read_varint(reader, column_count - 1);
    }
    index->includes = includes;
    index->include_count = (uint16_t)count;
}

static void read_checks(struct def_reader *reader, struct table_spec *spec)
{
    uint32_t count = read_varint(reader, CHECKS_MAX);
    struct table_check *checks = ARENA_ARRAY(reader->arena, struct table_check, count);

    if (checks == NULL) {
        read_fail(reader, VV_NOMEM);
        return;
    }
    for (uint32_t i = 0; i < count && reader->status == VV_OK; i++) {
        checks[i].name = read_text(reader);
        checks[i].text = read_text(reader);
        checks[i].not_valid = reader->version > 1 && (read_byte(reader) & CHECK_NOT_VALID) != 0;
    }
    spec->checks = checks;
    spec->check_count = count;
}

/* The first failure counts; reading on gives zeros and empty texts, so that no caller must ask. */
static void read_fail(struct def_reader *reader, vv_status status)
{
    if (reader->status == VV_OK) {
        reader->status = status;
    }
    reader->at = reader->end;
}

static unsigned read_byte(struct def_reader *reader)
{
    if (reader->at == reader->end) {
        read_fail(reader, VV_CORRUPT);
        return 0;
    }
    return *reader->at++;
}

static uint64_t read_word(struct def_reader *reader)
{
    uint64_t x = 0;

    for (unsigned i = 0; i < 8; i++) {
        x |= (uint64_t)read_byte(reader) << (8 * i);
    }
    return x;
}

/* A varint of at most `limit`. */
static uint32_t read_varint(struct def_reader *reader, uint32_t limit)
{
    uint64_t x = 0;
    size_t size = bytes_varint_load(reader->at, (size_t)(reader->end - reader->at), &x);

    if (size == 0 || x > limit) {
        read_fail(reader, VV_CORRUPT);
        return 0;
    }
    reader->at += size;
    return (uint32_t)x;
}

static uint8_t read_type(struct def_reader *reader)
{
    enum value_type type = value_type_of_oid(read_varint(reader, UINT32_MAX));

    if (type == VALUE_TYPE_COUNT) {
        read_fail(reader, VV_CORRUPT);
        return VALUE_UNKNOWN;
    }
    return (uint8_t)type;
}

/* The collation of a column or part of that type, if it names one. */
static uint8_t read_collation(struct def_reader *reader, bool named, uint8_t type)
{
    enum value_collation collation = VALUE_COLLATION_DEFAULT;

    if (named) {
        collation = value_collation_of_oid(read_varint(reader, UINT32_MAX));
    }
    if (collation == VALUE_COLLATION_COUNT ||
        (named && !value_is_collatable((enum value_type)type))) {
        read_fail(reader, VV_CORRUPT);
        return VALUE_COLLATION_DEFAULT;
    }
    return (uint8_t)collation;
}

static const char *read_text(struct def_reader *reader)
{
    uint32_t size = read_varint(reader, TEXT_BYTES_MAX);
    const char *text = NULL;

    if (size > (size_t)(reader->end - reader->at) || memchr(reader->at, 0, size) != NULL) {
        read_fail(reader, VV_CORRUPT);
        return "";
    }
    text = arena_text(reader->arena, (const char *)reader->at, size);
    if (text == NULL) {
        read_fail(reader, VV_NOMEM);
        return "";
    }
    reader->at += size;
    return text;
}

/* Bytes that stay in the reader's arena. */
static vv_slice read_bytes(struct def_reader *reader)
{
    uint32_t size = read_varint(reader, TEXT_BYTES_MAX);
    uint8_t *copy = NULL;

    if (size > (size_t)(reader->end - reader->at)) {
        read_fail(reader, VV_CORRUPT);
        return slice_make(NULL, 0);
    }
    copy = arena_copy(reader->arena, reader->at, size);
    if (copy == NULL) {
        read_fail(reader, VV_NOMEM);
        return slice_make(NULL, 0);
    }
    reader->at += size;
    return slice_make(copy, size);
}
