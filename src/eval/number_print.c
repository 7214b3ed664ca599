/*
 * number_print.c - see number_print.h. Both ways follow PostgreSQL's formatting.c place by place, its oddities too: what a
 * template means beyond the manual is what it does there.
 */
#include "eval/number_print.h"
#include "value/scan.h"

#define ROMAN_WIDTH 15

/* ---- printing ---- */

struct picture {
    struct characters_text text;
    struct number_template template; /* its own: some flags fall away */
    vv_slice number;
    size_t next; /* of number */
    int index;   /* places of the template so far */
    int places;  /* of the template, and one for a sign that has none of its own */
    int blanks;  /* places before the number's first digit */
    int last; /* in fill mode: the last digit that is shown unless 0 asks for more; -1: all are */
    bool negative;
    bool sign_done;
    bool in_number; /* the last place held a digit */
    bool ended;     /* the number was shorter than the template */
};

static void put(struct picture *picture, char c)
{
    picture->ended |= c == '\0';
    if (!picture->ended) {
        characters_append(&picture->text, slice_make(&c, 1));
    }
}

/* A blank, which fill mode leaves out. */
static void put_blank(struct picture *picture)
{
    if (!picture->template.fill) {
        put(picture, ' ');
    }
}

/* Whether fill mode shows nothing behind the point. */
static bool ends_at_point(const struct picture *picture)
{
    return picture->last >= 0 && picture->number.data[picture->last] == '.';
}

/* The zero of 0.5, which only a 0 before the point shows. */
static bool is_hidden_zero(const struct picture *picture)
{
    return !picture->template.zeros && picture->next == 0 && picture->number.size > 0 &&
           picture->number.data[0] == '0' && picture->template.post != 0;
}

static void put_sign_before(struct picture *picture)
{
    const struct number_template *template = &picture->template;

    if (template->sign == NUMBER_SIGN_BEHIND) {
        return;
    }
    picture->sign_done = true;
    if (template->sign == NUMBER_SIGN_BEFORE) {
        put(picture, picture->negative ? '-' : '+');
    } else if (template->bracket) {
        put(picture, picture->negative ? '<' : ' ');
    } else if (picture->negative) {
        put(picture, '-');
    } else {
        put_blank(picture);
    }
}

static void put_sign_behind(struct picture *picture)
{
    if (picture->sign_done && picture->template.bracket) {
        put(picture, picture->negative ? '>' : ' ');
    } else if (picture->template.sign == NUMBER_SIGN_BEHIND) {
        put(picture, picture->negative ? '-' : '+');
    }
}

static void put_next(struct picture *picture, bool zero)
{
    char c =
        picture->next < picture->number.size ? (char)picture->number.data[picture->next] : '\0';

    if (c == '.') {
        put(picture, '.');
    } else if (picture->last >= 0 && (int)picture->next > picture->last && !zero) {
        /* fill mode: zeros at the end */
    } else if (is_hidden_zero(picture)) {
        put_blank(picture);
        if (picture->template.fill && ends_at_point(picture)) {
            put(picture, '0');
        }
    } else {
        put(picture, c);
        picture->in_number = true;
    }
    picture->next += c != '\0';
}

/* A place for a digit or the point. */
static void put_place(struct picture *picture, bool zero)
{
    const struct number_template *template = &picture->template;
    bool zeros_began = template->zeros && template->zero_start - 1 <= picture->index;
    bool sign_due = picture->index >= picture->blanks ||
                    (template->zeros && template->zero_start - 1 == picture->index);
    int end;

    picture->in_number = false;
    if (!picture->sign_done && sign_due && (!is_hidden_zero(picture) || ends_at_point(picture))) {
        put_sign_before(picture);
    }
    if (picture->index >= picture->blanks) {
        put_next(picture, zero);
    } else if (zeros_began) {
        put(picture, '0');
        picture->in_number = true;
    } else {
        put_blank(picture);
    }
    end = picture->places + (picture->blanks > 0) + template->point;
    if (picture->last >= 0 && picture->last == (int)picture->next) {
        end = picture->index;
    }
    if (picture->index + 1 == end) {
        put_sign_behind(picture);
    }
    picture->index++;
}

/* A place for a sign of its own. */
static void put_sign_place(struct picture *picture, enum template_id id)
{
    bool here = id == TEMPLATE_MINUS ? picture->negative : !picture->negative;

    if (picture->template.roman) {
        here = false;
    }
    if (id == TEMPLATE_SIGN) {
        put(picture, picture->template.roman ? '\0' : picture->negative ? '-' : '+');
    } else if (here) {
        put(picture, id == TEMPLATE_MINUS ? '-' : '+');
    } else {
        put_blank(picture);
    }
}

static void put_roman(struct picture *picture, bool small)
{
    for (size_t i = picture->number.size; i < ROMAN_WIDTH; i++) {
        put_blank(picture);
    }
    for (size_t i = 0; i < picture->number.size; i++) {
        uint8_t c = picture->number.data[i];

        put(picture, (char)(small ? scan_lower(c) : c));
    }
}

static vv_status put_ordinal(struct picture *picture, bool capitals)
{
    vv_slice number = picture->number;
    const char *word;

    if (picture->template.roman || picture->negative || picture->template.point ||
        (number.size > 0 && number.data[0] == '#')) {
        return VV_OK;
    }
    if (number.size == 0 || !scan_is_digit(number.data[number.size - 1])) {
        return error_set(picture->text.call->error, VV_SQLSTATE_INVALID_TEXT_REPRESENTATION, 0,
                         "\"%.*s\" is not a number", (int)number.size, (const char *)number.data);
    }
    word = template_ordinal_of(number, capitals);
    put(picture, word[0]);
    put(picture, word[1]);
    return VV_OK;
}

static vv_status put_word(struct picture *picture, const struct template_item *item)
{
    switch (item->id) {
    case TEMPLATE_NINE:
    case TEMPLATE_ZERO:
    case TEMPLATE_POINT:
    case TEMPLATE_LOCAL_POINT:
        if (!picture->template.roman) {
            put_place(picture, item->id == TEMPLATE_ZERO);
        }
        return VV_OK;
    case TEMPLATE_COMMA:
    case TEMPLATE_GROUP:
        if (picture->in_number) {
            put(picture, ',');
        } else {
            put_blank(picture);
        }
        return VV_OK;
    case TEMPLATE_CURRENCY:
        put(picture, ' ');
        return VV_OK;
    case TEMPLATE_ROMAN:
        put_roman(picture, item->letters == TEMPLATE_SMALL);
        return VV_OK;
    case TEMPLATE_ORDINAL:
        return put_ordinal(picture, item->letters == TEMPLATE_CAPITALS);
    case TEMPLATE_MINUS:
    case TEMPLATE_PLUS:
    case TEMPLATE_SIGN:
        put_sign_place(picture, (enum template_id)item->id);
        return VV_OK;
    default:
        return VV_OK;
    }
}

/* Fill mode: up to the last digit that is not zero, and those that a 0 asks for. */
static int last_shown(const struct picture *picture)
{
    int size = (int)picture->number.size;
    int point = 0, last;

    while (point < size && picture->number.data[point] != '.') {
        point++;
    }
    if (!picture->template.fill || !picture->template.point || point == size) {
        return -1;
    }
    last = point;
    for (int i = point + 1; i < size; i++) {
        last = picture->number.data[i] != '0' ? i : last;
    }
    if (picture->template.zero_end > picture->blanks) {
        int asked = picture->template.zero_end - picture->blanks;

        asked = asked < size - 1 ? asked : size - 1;
        last = last > asked ? last : asked;
    }
    return last;
}

static void picture_begin(struct picture *picture)
{
    struct number_template *template = &picture->template;

    if (template->roman) {
        *template =
            (struct number_template){.text = template->text, .fill = template->fill, .roman = true};
    }
    if (template->plus || template->minus) {
        picture->sign_done = template->minus;
    } else {
        template->bracket &= picture->negative || !template->fill;
        picture->sign_done =
            !picture->negative && template->fill && template->sign == NUMBER_SIGN_NONE;
        if (template->sign == NUMBER_SIGN_BEFORE && template->pre == template->sign_digits) {
            template->sign = NUMBER_SIGN_BEHIND;
        }
    }
    picture->last = last_shown(picture);
    picture->places =
        template->post + template->pre - 1 + (!picture->sign_done && picture->blanks == 0);
}

/* The number's digits before the point against the template's: blanks before them, or # for all. */
static bool picture_fit(struct picture *picture, struct eval_call *call)
{
    struct number_template *template = &picture->template;
    size_t size = (size_t) template->pre + (size_t) template->post + 1;
    uint8_t *signs;
    int digits = 0;

    while ((size_t)digits < picture->number.size && picture->number.data[digits] != '.') {
        digits++;
    }
    picture->blanks = digits < template->pre ? template->pre - digits : 0;
    if (template->roman || digits <= template->pre) {
        picture->blanks = template->roman ? 0 : picture->blanks;
        return true;
    }
    signs = eval_string(call, size);
    if (signs == NULL) {
        return false;
    }
    memset(signs, '#', size);
    signs[template->pre] = '.';
    picture->number = slice_make(signs, size);
    return true;
}

vv_status number_print(struct eval_call *call, const struct number_template *template,
                       vv_slice number, bool negative, struct value *out)
{
    struct picture picture = {
        .text = {.call = call}, .template = *template, .number = number, .negative = negative};
    struct template items = {.text = template->text, .numbers = true};
    struct template_item item;

    if (!picture_fit(&picture, call)) {
        return error_from_status(call->error, VV_NOMEM);
    }
    picture_begin(&picture);
    for (template_next(&items, &item); item.kind != TEMPLATE_END; template_next(&items, &item)) {
        if (item.kind == TEMPLATE_WORD) {
            VV_TRY(put_word(&picture, &item));
        } else if (!picture.ended) {
            characters_append(&picture.text, item.text);
        }
    }
    return characters_finish(&picture.text, out);
}

/* ---- reading ---- */

struct reading {
    const struct number_template *template;
    vv_slice text;
    size_t at;
    char *to; /* to[0]: the sign */
    size_t size;
    int pre, post;
    bool point;
};

static bool at_end(const struct reading *reading)
{
    return reading->at >= reading->text.size;
}

/* A sign before the first digit. */
static void read_sign_before(struct reading *reading)
{
    uint8_t c = reading->text.data[reading->at];
    bool bracket =
        reading->template->sign != NUMBER_SIGN_BEFORE && reading->template->bracket && c == '<';

    if (c == '-' || c == '+' || bracket) {
        reading->to[0] = c == '+' ? '+' : '-';
        reading->at++;
    }
}

/* A sign behind what was read so far: where the last digit is, only the sign tells. */
static void read_sign_behind(struct reading *reading, bool digit_read)
{
    const struct number_template *template = reading->template;
    uint8_t c;

    if (template->sign != NUMBER_SIGN_NONE && digit_read && reading->at + 1 < reading->text.size) {
        c = reading->text.data[reading->at + 1];
        if (c == '-' || c == '+') {
            reading->to[0] = (char)c;
            reading->at++;
        }
    } else if (!digit_read && template->sign == NUMBER_SIGN_NONE &&
               (template->plus || template->minus)) {
        c = reading->text.data[reading->at];
        if (c == '-' || c == '+') {
            reading->to[0] = (char)c;
        }
    }
}

/* A place for a digit or the point; the caller steps over the character that was looked at. */
static void read_place(struct reading *reading, bool digit_place)
{
    bool read = false;
    uint8_t c;

    reading->at += reading->text.data[reading->at] == ' ';
    if (!at_end(reading) && reading->to[0] == ' ' && digit_place &&
        reading->pre + reading->post == 0) {
        read_sign_before(reading);
    }
    if (at_end(reading)) {
        return;
    }
    c = reading->text.data[reading->at];
    if (scan_is_digit(c)) {
        if (reading->point && reading->post == reading->template->post) {
            return;
        }
        reading->post += reading->point;
        reading->pre += !reading->point;
        read = true;
    } else if (c == '.' && reading->template->point && !reading->point) {
        reading->point = true;
        read = true;
    }
    if (read) {
        reading->to[reading->size++] = (char)c;
    }
    if (reading->to[0] == ' ' && reading->pre + reading->post > 0) {
        read_sign_behind(reading, read);
    }
}

static void skip_other(struct reading *reading, int count)
{
    while (count-- > 0 && !at_end(reading)) {
        uint8_t c = reading->text.data[reading->at];

        if (scan_is_digit(c) || c == '.' || c == ',' || c == '+' || c == '-') {
            return;
        }
        reading->at += characters_at(reading->text, reading->at);
    }
}

static void read_word(struct reading *reading, enum template_id id)
{
    uint8_t c = reading->text.data[reading->at];
    bool sign = (c == '-' && id != TEMPLATE_PLUS) || (c == '+' && id != TEMPLATE_MINUS);

    switch (id) {
    case TEMPLATE_NINE:
    case TEMPLATE_ZERO:
    case TEMPLATE_POINT:
    case TEMPLATE_LOCAL_POINT:
        read_place(reading, id == TEMPLATE_NINE || id == TEMPLATE_ZERO);
        reading->at++;
        return;
    case TEMPLATE_COMMA:
    case TEMPLATE_GROUP:
        reading->at += !reading->template->fill && c == ',';
        return;
    case TEMPLATE_CURRENCY:
        skip_other(reading, 1);
        return;
    case TEMPLATE_ORDINAL:
        skip_other(reading, reading->template->point ? 0 : 2);
        return;
    case TEMPLATE_MINUS:
    case TEMPLATE_PLUS:
    case TEMPLATE_SIGN:
        if (sign) {
            reading->to[0] = (char)c;
            reading->at++;
        } else {
            skip_other(reading, 1);
        }
        return;
    default:
        return;
    }
}

size_t number_scan(const struct number_template *template, vv_slice text, char *to, int *post_out)
{
    struct reading reading = {.template = template, .text = text, .to = to, .size = 1};
    struct template items = {.text = template->text, .numbers = true};
    struct template_item item;

    to[0] = ' ';
    for (template_next(&items, &item); item.kind != TEMPLATE_END && !at_end(&reading);
         template_next(&items, &item)) {
        if (item.kind == TEMPLATE_WORD) {
            read_word(&reading, (enum template_id)item.id);
        } else {
            reading.at += characters_at(text, reading.at);
        }
    }
    *post_out = reading.post;
    return reading.size - (to[reading.size - 1] == '.');
}
