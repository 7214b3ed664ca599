/*
 * number_template.c - see number_template.h. PostgreSQL: formatting.c, whose messages these are.
 */
#include "eval/number_template.h"

static vv_status refuse(struct vv_error *error, const char *message)
{
    return error_set(error, VV_SQLSTATE_SYNTAX_ERROR, 0, "%s", message);
}

static vv_status take_digit(struct number_template *template, bool zero, struct vv_error *error)
{
    if (template->bracket) {
        return refuse(error,
                      zero ? "\"0\" must be ahead of \"PR\"" : "\"9\" must be ahead of \"PR\"");
    }
    if (!zero && template->shifted) {
        template->shift++;
        return VV_OK;
    }
    if (zero && !template->zeros && !template->point) {
        template->zeros = true;
        template->zero_start = template->pre + 1;
    }
    if (template->point) {
        template->post++;
    } else {
        template->pre++;
    }
    if (zero) {
        template->zero_end = template->pre + template->post;
    }
    return VV_OK;
}

/* S: of two the one behind the point counts for nothing. */
static vv_status take_local_sign(struct number_template *template, struct vv_error *error)
{
    if (template->sign != NUMBER_SIGN_NONE) {
        return refuse(error, "cannot use \"S\" twice");
    }
    if (template->plus || template->minus || template->bracket) {
        return refuse(error, "cannot use \"S\" and \"PL\"/\"MI\"/\"SG\"/\"PR\" together");
    }
    template->sign = template->point ? NUMBER_SIGN_BEHIND : NUMBER_SIGN_BEFORE;
    template->sign_digits = template->point ? template->sign_digits : template->pre;
    return VV_OK;
}

static vv_status take_sign(struct number_template *template, enum template_id id,
                           struct vv_error *error)
{
    if (template->sign != NUMBER_SIGN_NONE) {
        return refuse(error, id == TEMPLATE_MINUS  ? "cannot use \"S\" and \"MI\" together"
                             : id == TEMPLATE_PLUS ? "cannot use \"S\" and \"PL\" together"
                                                   : "cannot use \"S\" and \"SG\" together");
    }
    template->minus |= id != TEMPLATE_PLUS;
    template->plus |= id != TEMPLATE_MINUS;
    return VV_OK;
}

static vv_status take_exponent(struct number_template *template, struct vv_error *error)
{
    if (template->blank || template->fill || template->sign != NUMBER_SIGN_NONE ||
        template->bracket || template->minus || template->plus || template->roman ||
        template->shifted) {
        (void)refuse(error, "\"EEEE\" is incompatible with other formats");
        error_detail(error,
                     "\"EEEE\" may only be used together with digit and decimal point patterns.");
        return VV_ERROR;
    }
    template->exponent = true;
    return VV_OK;
}

static vv_status take(struct number_template *template, enum template_id id, struct vv_error *error)
{
    switch (id) {
    case TEMPLATE_NINE:
    case TEMPLATE_ZERO:
        return take_digit(template, id == TEMPLATE_ZERO, error);
    case TEMPLATE_BLANK:
        template->blank |= template->pre == 0 && template->post == 0 && !template->zeros;
        return VV_OK;
    case TEMPLATE_POINT:
    case TEMPLATE_LOCAL_POINT:
        if (template->point) {
            return refuse(error, "multiple decimal points");
        }
        if (template->shifted) {
            return refuse(error, "cannot use \"V\" and decimal point together");
        }
        template->point = true;
        return VV_OK;
    case TEMPLATE_FILL:
        template->fill = true;
        return VV_OK;
    case TEMPLATE_LOCAL_SIGN:
        return take_local_sign(template, error);
    case TEMPLATE_MINUS:
    case TEMPLATE_PLUS:
    case TEMPLATE_SIGN:
        return take_sign(template, id, error);
    case TEMPLATE_BRACKET:
        if (template->sign != NUMBER_SIGN_NONE || template->plus || template->minus) {
            return refuse(error, "cannot use \"PR\" and \"S\"/\"PL\"/\"MI\"/\"SG\" together");
        }
        template->bracket = true;
        return VV_OK;
    case TEMPLATE_ROMAN:
        template->roman = true;
        return VV_OK;
    case TEMPLATE_SHIFT:
        if (template->point) {
            return refuse(error, "cannot use \"V\" and decimal point together");
        }
        template->shifted = true;
        return VV_OK;
    case TEMPLATE_EXPONENT:
        return take_exponent(template, error);
    default:
        return VV_OK;
    }
}

vv_status number_template_read(vv_slice text, struct number_template *out, struct vv_error *error)
{
    struct template items = {.text = text, .numbers = true};
    struct template_item item;

    *out = (struct number_template){.text = text};
    for (template_next(&items, &item); item.kind != TEMPLATE_END; template_next(&items, &item)) {
        if (item.kind == TEMPLATE_WORD && out->exponent) {
            return refuse(error, item.id == TEMPLATE_EXPONENT
                                     ? "cannot use \"EEEE\" twice"
                                     : "\"EEEE\" must be the last pattern used");
        }
        if (item.kind == TEMPLATE_WORD) {
            VV_TRY(take(out, (enum template_id)item.id, error));
        }
    }
    return VV_OK;
}
