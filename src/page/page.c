/* page.c - slots and cells of a page in memory. */
#include "page/page.h"

#include "page/build.h"
#include "page/image.h"

vv_slice page_prefix(const struct page *page)
{
    size_t below = 8u + page->low_size +
                   (page->high_size == PAGE_FENCE_INFINITE ? 0u : page->high_size) +
                   page->prefix_size;
    size_t size = page_size(page);

    if (page->prefix_size <= sizeof page->prefix_inline) {
        return slice_make(page->prefix_inline, page->prefix_size);
    }
    if (below > size) {
        return slice_make(NULL, 0);
    }
    return slice_make((const uint8_t *)page + size - below, page->prefix_size);
}
