/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "page/page.h"

static struct str fill(const char *template)
{
    const struct page_value values[] = { { "a", STR("<b>&\"'") }, { "empty", STR("") } };
    struct str out;

    assert_ok(template_fill(test_arena(), str_from(template), values, LENGTH(values), &out));
    return out;
}

TEST(template, escapes_values)
{
    assert_str(fill("x{{a}}y"), "x&lt;b&gt;&amp;&quot;&#39;y");
    assert_str(fill("x{{!a}}y"), "x<b>&\"'y");
}

TEST(template, leaves_out_sections_without_a_value)
{
    assert_str(fill("x{{#a}}1{{/a}}{{#empty}}2{{/empty}}{{#none}}3{{/none}}y"), "x1y");
}

TEST(template, survives_broken_marks)
{
    assert_str(fill("x{{a"), "x&lt;b&gt;&amp;&quot;&#39;");
    assert_str(fill("{{#none}}x"), "");
}
