/*
 * template.c - see template.h.
 */
#include "eval/template.h"

#include <string.h>

#include "eval/characters.h"
#include "value/scan.h"

struct word {
    uint8_t id;
    uint8_t size;
    bool digits;
    uint8_t convention;
    char text[6];
};

static const struct word time_words[] = {
#define TIME_WORD(name, word, is_digits, convention_name) \
    {TEMPLATE_##name, sizeof word - 1, is_digits, TEMPLATE_CONVENTION_##convention_name, word},
#define NUMBER_WORD(name, word)
#include "eval/template.def"
#undef TIME_WORD
#undef NUMBER_WORD
};

static const struct word number_words[] = {
#define TIME_WORD(name, word, is_digits, convention_name)
#define NUMBER_WORD(name, word) {TEMPLATE_##name, sizeof word - 1, false, 0, word},
#include "eval/template.def"
#undef TIME_WORD
#undef NUMBER_WORD
};

const char *const template_months[12] = {"January",   "February", "March",    "April",
                                         "May",       "June",     "July",     "August",
                                         "September", "October",  "November", "December"};
const char *const template_days[7] = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                      "Thursday", "Friday", "Saturday"};
const char *const template_roman_months[12] = {"i",   "ii",   "iii", "iv", "v",  "vi",
                                               "vii", "viii", "ix",  "x",  "xi", "xii"};

/* Whether the text goes on with these bytes. */
static bool goes_on(const struct template *template, const char *text)
{
    size_t size = strlen(text);

    return template->text.size - template->at >= size &&
           memcmp(template->text.data + template->at, text, size) == 0;
}

/* How the text spells the word, if it does. */
static bool spells(const struct template *template, const struct word *word, uint8_t *letters_out)
{
    bool name = word->id == TEMPLATE_DAY_NAME || word->id == TEMPLATE_DAY_SHORT ||
                word->id == TEMPLATE_MONTH_NAME || word->id == TEMPLATE_MONTH_SHORT;
    char form[sizeof word->text + 1] = {0};

    memcpy(form, word->text, word->size);
    *letters_out = TEMPLATE_CAPITALS;
    if (goes_on(template, form)) {
        return true;
    }
    for (unsigned i = 1; i < word->size; i++) {
        form[i] = (char)scan_lower((uint8_t)form[i]);
    }
    *letters_out = TEMPLATE_CAPITALIZED;
    if (name && goes_on(template, form)) {
        return true;
    }
    form[0] = (char)scan_lower((uint8_t)form[0]);
    *letters_out = TEMPLATE_SMALL;
    return goes_on(template, form);
}

static bool take_word(struct template *template, struct template_item *item)
{
    const struct word *words = template->numbers ? number_words : time_words;
    size_t count =
        template->numbers ? sizeof number_words / sizeof *words : sizeof time_words / sizeof *words;
    uint8_t first =
        template->at < template->text.size ? scan_lower(template->text.data[template->at]) : 0;

    for (size_t i = 0; i < count; i++) {
        if (scan_lower((uint8_t)words[i].text[0]) == first &&
            spells(template, &words[i], &item->letters)) {
            item->kind = TEMPLATE_WORD;
            item->id = words[i].id;
            item->convention = words[i].convention;
            item->digits = words[i].digits;
            item->text = slice_make(template->text.data + template->at, words[i].size);
            template->at += words[i].size;
            return true;
        }
    }
    return false;
}

static void take_prefix(struct template *template, struct template_item *item)
{
    item->fill = goes_on(template, "FM") || goes_on(template, "fm");
    item->local = goes_on(template, "TM") || goes_on(template, "tm");
    template->at += item->fill || item->local ? 2 : 0;
}

static void take_suffix(struct template *template, struct template_item *item)
{
    item->ordinal = goes_on(template, "TH")   ? TEMPLATE_ORDINAL_CAPITALS
                    : goes_on(template, "th") ? TEMPLATE_ORDINAL_SMALL
                                              : TEMPLATE_NO_ORDINAL;
    template->at += item->ordinal != TEMPLATE_NO_ORDINAL || goes_on(template, "SP") ? 2 : 0;
}

static bool is_separator(uint8_t c)
{
    return c > ' ' && c < 0x7F && !scan_is_digit(c) && !(c >= 'A' && c <= 'Z') &&
           !(c >= 'a' && c <= 'z');
}

static void take_character(struct template *template, struct template_item *item)
{
    uint8_t c = template->text.data[template->at];

    item->text =
        slice_make(template->text.data + template->at, characters_at(template->text, template->at));
    template->at += item->text.size;
    item->kind = template->quoted                        ? TEMPLATE_CHARACTER
                 : !template->numbers && is_separator(c) ? TEMPLATE_SEPARATOR
                 : scan_is_space(c)                      ? TEMPLATE_SPACE
                                                         : TEMPLATE_CHARACTER;
}

void template_next(struct template *template, struct template_item *item)
{
    for (;;) {
        *item = (struct template_item){.kind = TEMPLATE_END};
        if (!template->quoted) {
            if (!template->numbers) {
                take_prefix(template, item);
            }
            if (take_word(template, item)) {
                if (!template->numbers) {
                    take_suffix(template, item);
                }
                return;
            }
        }
        if (template->at >= template->text.size) {
            return;
        }
        if (template->text.data[template->at] == '"') {
            template->at++;
            template->quoted = !template->quoted;
            continue;
        }
        if (goes_on(template, "\\\"") || (template->quoted && goes_on(template, "\\") &&
                                          template->at + 1 < template->text.size)) {
            template->at++;
        }
        take_character(template, item);
        return;
    }
}

const char *template_ordinal_of(vv_slice digits, bool capitals)
{
    static const char *const words[2][4] = {{"th", "st", "nd", "rd"}, {"TH", "ST", "ND", "RD"}};
    unsigned last = digits.size > 0 ? digits.data[digits.size - 1] - (unsigned)'0' : 0;
    bool teen = digits.size > 1 && digits.data[digits.size - 2] == '1';

    return words[capitals][teen || last > 3 ? 0 : last];
}
