/* explain_line.c - lines, properties and lists of EXPLAIN: a line in text, a labelled value in a document. */
#include "plan/explain_private.h"

static void text_restart(struct explain *explain)
{
    explain->text = (struct deparse_text){.arena = explain->text.arena,
                                          .qualified = explain->request->options.verbose};
}

void explain_line_end(struct explain *explain)
{
    explain_line(&explain->writer, deparse_end(&explain->text));
    text_restart(explain);
}

void explain_detail_begin(struct explain *explain, int depth, const char *label)
{
    explain->label = label;
    if (explain_is_text(&explain->writer)) {
        deparse_append(&explain->text, "%*s%s: ", depth == 0 ? 2 : 6 * depth + 2, "", label);
    }
}

void explain_detail_end(struct explain *explain)
{
    if (explain_is_text(&explain->writer)) {
        explain_line_end(explain);
        return;
    }
    explain_text(&explain->writer, explain->label, deparse_end(&explain->text));
    text_restart(explain);
}

void explain_items_begin(struct explain *explain, int depth, const char *label)
{
    explain_detail_begin(explain, depth, label);
    explain_list_begin(&explain->writer, label);
    explain->item_count = 0;
}

void explain_items_next(struct explain *explain)
{
    if (explain_is_text(&explain->writer)) {
        deparse_append(&explain->text, ", ");
        return;
    }
    explain_list_item(&explain->writer, deparse_end(&explain->text), explain->item_count++ == 0);
    text_restart(explain);
}

void explain_items_end(struct explain *explain)
{
    if (explain_is_text(&explain->writer)) {
        explain_line_end(explain);
        return;
    }
    explain_items_next(explain);
    explain_list_end(&explain->writer, explain->label);
}

void explain_figure(struct explain *explain, int depth, const char *label, double value)
{
    if (explain_is_text(&explain->writer)) {
        explain_detail_begin(explain, depth, label);
        deparse_append(&explain->text, "%.0f", value);
        explain_line_end(explain);
    } else {
        explain_number(&explain->writer, label, value, 0);
    }
}
